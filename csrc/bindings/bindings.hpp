// What the binding files share: argument checks, types that only factories make, and work without the GIL.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <string>
#include <utility>

#include "semigen/model.hpp"
#include "semigen/parallel.hpp"

namespace py = pybind11;

void register_build(py::module_ &module);
void register_family(py::module_ &module);
void register_pass(py::module_ &module);
void register_maximize(py::module_ &module);
void register_cancellation(py::module_ &module);

/// Arrays of parameters: float64 in C order. Anything else is converted, as NumPy functions do.
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

inline void require(bool condition, const std::string &message) {
    if (!condition) throw py::value_error(message);
}

/// The entries of an array that must have just so many.
template <class Array>
auto *entries(const Array &array, semigen::Index size, const char *name) {
    require(array.size() == size,
            std::string(name) + " has " + std::to_string(array.size()) + " entries, expected " + std::to_string(size));
    return array.data();
}

/// Threads within reason: memory is had for each beforehand.
inline int sensible(int threads) { return std::clamp(threads, 1, 1024); }

/// The layout of a model's statistics, if its sizes can be counted in.
semigen::StatisticsLayout checked_layout(semigen::Family family, semigen::Index components, semigen::Index features,
                                         semigen::Index rank);

/// The same for a model whose covariances, or their factors, have so many entries in all: they tell the rank.
semigen::StatisticsLayout layout_by_entries(semigen::Family family, semigen::Index components, semigen::Index features,
                                            semigen::Index entries);

/// For classes that Python code may hold but not make: without this, `T.__new__(T)` is an object that was never
/// constructed, and every method would read what is not there.
inline py::custom_type_setup made_by_factories_only() {
    return py::custom_type_setup([](PyHeapTypeObject *type) {
        type->ht_type.tp_new = nullptr;
        type->ht_type.tp_flags |= Py_TPFLAGS_DISALLOW_INSTANTIATION;
    });
}

/// Runs `work(interruption)` without the GIL. It stops at a signal (KeyboardInterrupt), if this is the main thread, and
/// when the cancellation of this thread is set; what is raised says so.
class WithoutGil {
public:
    template <class Work>
    static void run(Work work) {
        semigen::Interruption interruption(on_main_thread() ? &signal_arrived : nullptr, heeded());
        std::exception_ptr failure;
        PyThreadState *state = PyEval_SaveThread();
        try {
            work(interruption);
        } catch (...) {
            failure = std::current_exception();
        }
        take_back(state);
        // Ctrl-C counts more than what went wrong meanwhile.
        if (interruption.stopped()) raise_interrupted();
        if (failure) std::rethrow_exception(failure);
    }

private:
    static bool on_main_thread();
    static bool signal_arrived();
    static const semigen::Cancellation *heeded();
    static void take_back(PyThreadState *state);
    [[noreturn]] static void raise_interrupted();
};

template <class Work>
void without_gil(Work work) {
    WithoutGil::run(std::move(work));
}

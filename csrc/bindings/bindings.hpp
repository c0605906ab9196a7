// What the binding files share: argument checks and the way a long computation asks Python whether to stop.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <utility>

#include "semigen/model.hpp"
#include "semigen/parallel.hpp"

namespace py = pybind11;

void register_build(py::module_ &module);
void register_family(py::module_ &module);
void register_pass(py::module_ &module);
void register_maximize(py::module_ &module);

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

/// Runs `work(interruption)` without the GIL; raises what Python has pending (KeyboardInterrupt) if that stopped it.
template <class Work>
void without_gil(Work work) {
    semigen::Interruption interruption([] {
        py::gil_scoped_acquire gil;
        return PyErr_CheckSignals() != 0;
    });
    {
        py::gil_scoped_release released;
        work(interruption);
    }
    if (interruption.stopped()) throw py::error_already_set();
}

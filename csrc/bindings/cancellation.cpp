// How work without the GIL ends early: at a signal on the main thread, by a cancellation on the others.
#include <cxxabi.h>
#include <pthread.h>
#include <unistd.h>

#include <memory>

#include "bindings.hpp"

namespace {

/// A cancellation that keeps the outer one alive.
struct Owned {
    std::shared_ptr<Owned> outer;
    semigen::Cancellation flag;

    explicit Owned(std::shared_ptr<Owned> within) : outer(std::move(within)), flag(outer ? &outer->flag : nullptr) {}
};

thread_local std::shared_ptr<Owned> of_this_thread;

/// The thread on which Python's signal handlers run. In a forked child that is the one that forked.
std::atomic<unsigned long> main_thread{0};
const int registered =
    pthread_atfork(nullptr, nullptr, [] { main_thread.store(static_cast<unsigned long>(pthread_self())); });

}  // namespace

bool WithoutGil::on_main_thread() { return PyThread_get_thread_ident() == main_thread.load(); }

bool WithoutGil::signal_arrived() {
    const py::gil_scoped_acquire gil;
    return PyErr_CheckSignals() != 0;
}

const semigen::Cancellation *WithoutGil::heeded() { return of_this_thread ? &of_this_thread->flag : nullptr; }

void WithoutGil::take_back(PyThreadState *state) {
#ifdef __GLIBCXX__
    // Before version 3.14, an interpreter that is shutting down ends a daemon thread that asks for the GIL, by
    // unwinding its stack. Destructors that expect the GIL lie on that stack, so the thread waits for the end of the
    // process instead.
    try {
        PyEval_RestoreThread(state);
    } catch (abi::__forced_unwind &) {
        for (;;) pause();
    }
#else
    PyEval_RestoreThread(state);
#endif
}

void WithoutGil::raise_interrupted() {
    if (!PyErr_Occurred()) PyErr_SetNone(PyExc_KeyboardInterrupt);
    throw py::error_already_set();
}

void register_cancellation(py::module_ &module) {
    py::register_local_exception_translator([](std::exception_ptr thrown) {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::bad_alloc &) {
            PyErr_SetString(PyExc_MemoryError,
                            "A pass over the rows needs more memory than the process may have; each thread takes some "
                            "(n_jobs), and so do columns and components.");
        }
    });
    const auto threading = py::module_::import("threading");
    main_thread.store(threading.attr("main_thread")().attr("ident").cast<unsigned long>());
    py::class_<Owned, std::shared_ptr<Owned>>(module, "Cancellation", py::is_final(), made_by_factories_only())
        .def("cancel", [](Owned &self) { self.flag.cancel(); })
        .def_property_readonly("cancelled", [](const Owned &self) { return self.flag.cancelled(); });
    module.def(
        "cancellation", [](std::shared_ptr<Owned> within) { return std::make_shared<Owned>(std::move(within)); },
        py::arg("within").none(true) = py::none());
    module.def(
        "heed",
        [](std::shared_ptr<Owned> cancellation) { return std::exchange(of_this_thread, std::move(cancellation)); },
        py::arg("cancellation").none(true));
    module.def("heeded", [] { return of_this_thread; });
}

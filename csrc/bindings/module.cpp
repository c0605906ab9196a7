// The extension module semigen._core: a list of what it registers, nothing else.
// It does without the GIL: what a process has one of (the kernel table, the pool of threads, the table of BLAS, which
// is set at import) is atomic or behind a mutex, and objects that Python holds do not change once they are made.
#include "bindings.hpp"

PYBIND11_MODULE(_core, module, py::mod_gil_not_used()) {
    module.doc() = "The mathematics of semigen: passes over rows and M steps, in C++. Not a public interface.";
    register_build(module);
    register_family(module);
    register_pass(module);
    register_maximize(module);
    register_cancellation(module);
}

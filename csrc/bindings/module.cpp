// The extension module semigen._core: a list of what it registers, nothing else.
#include "bindings.hpp"

PYBIND11_MODULE(_core, module) {
    module.doc() = "The mathematics of semigen: passes over rows and M steps, in C++. Not a public interface.";
    register_build(module);
    register_family(module);
    register_pass(module);
    register_maximize(module);
    register_cancellation(module);
}

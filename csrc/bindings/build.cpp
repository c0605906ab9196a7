// What was built and what runs: compiler, OpenMP, instruction sets, the BLAS table.
#include <cstdlib>

#include "bindings.hpp"
#include "semigen/blas.hpp"
#include "semigen/covariance.hpp"
#include "semigen/kernel_table.hpp"

namespace {

constexpr const char *environment_variable = "SEMIGEN_INSTRUCTIONS";

py::list instruction_sets() {
    py::list names;
    for (const char *const *name = semigen::available_kernels(); *name != nullptr; ++name) names.append(*name);
    return names;
}

void use_instruction_set(const std::string &name) {
    if (semigen::select_kernels(name.c_str())) return;
    throw py::value_error("instruction set '" + name + "' is not available here; choose one of " +
                          py::repr(instruction_sets()).cast<std::string>());
}

void choose_from_environment() {
    const char *name = std::getenv(environment_variable);
    if (name == nullptr || *name == '\0' || semigen::select_kernels(name)) return;
    throw py::import_error(std::string(environment_variable) + "='" + name +
                           "' names an instruction set that is not available here; unset it or choose one of " +
                           py::repr(instruction_sets()).cast<std::string>());
}

template <class T>
py::array_t<T> elementwise(void (*function)(const T *, T *, semigen::Index), const py::array_t<T> &values) {
    require(values.ndim() == 1, "values must have one dimension");
    const py::array_t<T, py::array::c_style> in(values);
    py::array_t<T> out(in.size());
    function(in.data(), out.mutable_data(), in.size());
    return out;
}

template <class T>
void register_elementary(py::module_ &module) {
    module.def("exponential", [](const py::array_t<T> &values) {
        return elementwise<T>(semigen::precision<T>(semigen::active_kernels()).exponential, values);
    });
    module.def("logarithm", [](const py::array_t<T> &values) {
        return elementwise<T>(semigen::precision<T>(semigen::active_kernels()).logarithm, values);
    });
}

}  // namespace

void register_build(py::module_ &module) {
    choose_from_environment();
    module.def("instruction_sets", &instruction_sets);
    module.def("instruction_set", [] { return std::string(semigen::active_kernels().name); });
    module.def("use_instruction_set", &use_instruction_set, py::arg("name"));
    module.def("default_threads", &semigen::default_threads);
    module.attr("compiler") = SEMIGEN_COMPILER;
#ifdef _OPENMP
    module.attr("openmp") = _OPENMP;
#else
    module.attr("openmp") = py::none();
#endif
    module.def(
        "install_blas",
        [](const py::capsule &table) {
            require(table.name() != nullptr && std::string(table.name()) == "semigen.BlasTable",
                    "not a capsule made by semigen._blas");
            semigen::blas_table() = *table.get_pointer<semigen::BlasTable>();
        },
        py::arg("table"));
    // float64 first: pybind11 tries overloads in order and would otherwise narrow.
    register_elementary<double>(module);
    register_elementary<float>(module);
}

// The covariance families and the layout of their statistics.
#include <pybind11/native_enum.h>

#include "bindings.hpp"
#include "semigen/model.hpp"

semigen::StatisticsLayout checked_layout(semigen::Family family, semigen::Index components, semigen::Index features) {
    require(components >= 1 && features >= 1, "there must be a component and a feature");
    const double entries =
        static_cast<double>(components) * (2 + static_cast<double>(features) * (1 + static_cast<double>(features)));
    require(entries < 1e18, "so many components and features cannot be counted in");
    return {family, components, features};
}

void register_family(py::module_ &module) {
    using semigen::Family;
    py::native_enum<Family>(module, "Family", "enum.Enum")
#define SEMIGEN_VALUE(name) .value(#name, Family::name)
        SEMIGEN_FAMILIES(SEMIGEN_VALUE)
#undef SEMIGEN_VALUE
            .finalize();
    module.def(
        "statistics_offsets",
        [](Family family, semigen::Index components, semigen::Index features) {
            const semigen::StatisticsLayout layout = checked_layout(family, components, features);
            return py::make_tuple(layout.mass(), layout.first(), layout.second(), layout.size());
        },
        py::arg("family"), py::arg("components"), py::arg("features"));
}

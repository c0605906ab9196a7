// The covariance families and the layout of their statistics.
#include "bindings.hpp"
#include "semigen/model.hpp"

void register_family(py::module_ &module) {
    using semigen::Family;
    using semigen::StatisticsLayout;
    py::enum_<Family>(module, "Family")
        .value("full", Family::full)
        .value("tied", Family::tied)
        .value("diag", Family::diag)
        .value("spherical", Family::spherical);
    module.def(
        "statistics_offsets",
        [](Family family, semigen::Index components, semigen::Index features) {
            const StatisticsLayout layout{family, components, features};
            return py::make_tuple(layout.mass(), layout.first(), layout.second(), layout.size());
        },
        py::arg("family"), py::arg("components"), py::arg("features"));
}

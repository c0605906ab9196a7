// The covariance families and the layout of their statistics.
#include <pybind11/native_enum.h>

#include "bindings.hpp"
#include "semigen/model.hpp"

semigen::StatisticsLayout checked_layout(semigen::Family family, semigen::Index components, semigen::Index features,
                                         semigen::Index rank) {
    require(components >= 1 && features >= 1, "there must be a component and a feature");
    require(rank >= 0 && (rank == 0 || semigen::is_latent(family)), "only covariances with loadings have a rank");
    const double of_column = 2 + static_cast<double>(features) + static_cast<double>(rank);
    const double entries = static_cast<double>(components) * (2 + static_cast<double>(features) * of_column);
    require(entries < 1e18, "so many components and features cannot be counted in");
    return {family, components, features, rank};
}

semigen::StatisticsLayout layout_by_entries(semigen::Family family, semigen::Index components, semigen::Index features,
                                            semigen::Index entries) {
    checked_layout(family, components, features, 0);
    const semigen::Index each = entries / semigen::factor_count(family, components);
    return checked_layout(family, components, features,
                          semigen::with_family(family, [&](auto traits) { return traits.rank_of(each, features); }));
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
        [](Family family, semigen::Index components, semigen::Index features, semigen::Index rank,
           bool heavy_tails) -> py::tuple {
            semigen::StatisticsLayout layout = checked_layout(family, components, features, rank);
            layout.heavy_tails = heavy_tails;
            if (!heavy_tails) return py::make_tuple(layout.mass(), layout.first(), layout.second(), layout.size());
            return py::make_tuple(layout.mass(), layout.first(), layout.second(), layout.weight(), layout.log_weight(),
                                  layout.size());
        },
        py::arg("family"), py::arg("components"), py::arg("features"), py::arg("rank") = 0,
        py::arg("heavy_tails") = false);
}

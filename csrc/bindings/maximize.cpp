// The M step, and the factorisation of covariances that come from elsewhere.
#include "semigen/maximize.hpp"

#include "bindings.hpp"

namespace {

using semigen::Family;
using semigen::Index;

/// An array of the same shape, to be written.
py::array_t<double> like(const Doubles &array) {
    return py::array_t<double>(std::vector<py::ssize_t>(array.shape(), array.shape() + array.ndim()));
}

/// A copy that the caller gets back changed.
py::array_t<double> copied(const Doubles &array, Index size, const char *name) {
    entries(array, size, name);
    py::array_t<double> copy = like(array);
    std::copy(array.data(), array.data() + array.size(), copy.mutable_data());
    return copy;
}

/// The arrays of a prior, checked against the shape of the model.
semigen::CovariancePrior view_prior(const semigen::StatisticsLayout &layout, double pseudo_count, const Doubles &target,
                                    const Doubles &root, const Doubles &floor) {
    const Index d = layout.features;
    return semigen::with_family(layout.family, [&](auto traits) -> semigen::CovariancePrior {
        return {pseudo_count, entries(target, traits.size(layout.shape()), "target"),
                entries(root, traits.dense ? d * d : 0, "root"),
                entries(floor, traits.floor_size(layout.shape()), "floor")};
    });
}

Index covariance_entries(const semigen::StatisticsLayout &layout) {
    return semigen::factor_count(layout.family, layout.components) *
           semigen::factor_size(layout.family, layout.shape());
}

py::tuple maximize(Family family, const Doubles &statistics, const Doubles &means, const Doubles &covariances,
                   double pseudo_count, const Doubles &target, const Doubles &root, const Doubles &floor, int threads,
                   bool heavy_tails) {
    require(means.ndim() == 2 && means.size() > 0, "means must be a matrix that is not empty");
    semigen::StatisticsLayout layout = layout_by_entries(family, means.shape(0), means.shape(1), covariances.size());
    layout.heavy_tails = heavy_tails;
    const double *in = entries(statistics, layout.size(), "statistics");
    const semigen::CovariancePrior prior = view_prior(layout, pseudo_count, target, root, floor);
    py::array_t<double> new_means = copied(means, means.size(), "means");
    const double *former = entries(covariances, covariance_entries(layout), "covariances");
    py::array_t<double> new_covariances = like(covariances), factors = like(covariances);
    const semigen::ModelUpdate update{new_means.mutable_data(), new_covariances.mutable_data(), factors.mutable_data(),
                                      former};
    double log_prior = 0;
    Index singular = -1;
    without_gil([&](semigen::Interruption &interruption) {
        singular = semigen::maximize(layout, in, prior, update, sensible(threads), interruption, &log_prior);
    });
    return py::make_tuple(new_means, new_covariances, factors, log_prior, singular);
}

py::tuple factorise(Family family, Index components, Index features, const Doubles &covariances, double pseudo_count,
                    const Doubles &target, const Doubles &root, const Doubles &floor, int threads) {
    const semigen::StatisticsLayout layout = layout_by_entries(family, components, features, covariances.size());
    const semigen::CovariancePrior prior = view_prior(layout, pseudo_count, target, root, floor);
    py::array_t<double> raised = copied(covariances, covariance_entries(layout), "covariances");
    py::array_t<double> factors = like(covariances);
    const semigen::ModelUpdate update{nullptr, raised.mutable_data(), factors.mutable_data()};
    double log_prior = 0;
    Index singular = -1;
    without_gil([&](semigen::Interruption &interruption) {
        singular = semigen::finish_covariances(layout, prior, update, sensible(threads), interruption, &log_prior,
                                               [](Index, const semigen::Worker &) {});
    });
    return py::make_tuple(raised, factors, log_prior, singular);
}

}  // namespace

void register_maximize(py::module_ &module) {
    module.def("maximize", &maximize, py::arg("family"), py::arg("statistics"), py::arg("means"),
               py::arg("covariances"), py::kw_only(), py::arg("pseudo_count"), py::arg("target"), py::arg("root"),
               py::arg("floor"), py::arg("threads"), py::arg("heavy_tails") = false);
    module.def("factorise", &factorise, py::arg("family"), py::arg("components"), py::arg("features"),
               py::arg("covariances"), py::kw_only(), py::arg("pseudo_count"), py::arg("target"), py::arg("root"),
               py::arg("floor"), py::arg("threads"));
}

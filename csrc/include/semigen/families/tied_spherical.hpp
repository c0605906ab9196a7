// `tied_spherical`: a single variance for all components and columns.
#pragma once

#include "semigen/families/list.hpp"
#include "semigen/families/uncorrelated.hpp"

namespace semigen {

template <>
struct Traits<Family::tied_spherical> : Isotropic {
    static constexpr bool shared = true;

    static void estimate(const CovarianceSums &sums, const CovariancePrior &prior, double *covariance, const Worker &) {
        const Index d = sums.shape.features;
        double scatter = sums.second[0], total = 0;
        for (Index m = 0; m < sums.components; ++m) {
            total += sums.rows[m];
            for (Index j = 0; j < d; ++j) scatter -= sums.mass[m] * sums.means[m * d + j] * sums.means[m * d + j];
        }
        covariance[0] = variance(d, scatter, total, prior);
    }

    /// A missing column is expected at the mean, and adds the square of that to its variance.
    static void complete_second(Shape shape, const MeasuredColumns &columns, Index components, const double *mass,
                                const double *weight, const double *means, const double *covariance,
                                const double *of_observed, double *second) {
        const Index d = shape.features;
        if (!columns.observed.empty()) second[0] += of_observed[0];
        for (Index m = 0; m < components; ++m)
            for (const Index j : columns.missing) {
                const double square = means[m * d + j] * means[m * d + j];
                second[0] += mass[m] * (covariance[0] + square);
                second[0] += (weight[m] - mass[m]) * square;
            }
    }
};

}  // namespace semigen

#ifdef SEMIGEN_TARGET
namespace semigen::SEMIGEN_TARGET {

template <class T, bool by_column, bool shared, bool incomplete>
class Variances;

template <>
struct Kernels<Family::tied_spherical> {
    template <class T>
    using ByLanes = Variances<T, false, true, false>;
    template <class T>
    using ByBlas = ByLanes<T>;
    template <class T, int>
    using FewColumns = ByLanes<T>;
    template <class T>
    using Incomplete = Variances<T, false, true, true>;
};

}  // namespace semigen::SEMIGEN_TARGET
#endif

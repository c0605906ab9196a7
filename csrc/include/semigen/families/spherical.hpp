// `spherical`: one variance for every component, the same in all columns.
#pragma once

#include "semigen/families/list.hpp"
#include "semigen/families/uncorrelated.hpp"

namespace semigen {

template <>
struct Traits<Family::spherical> : Isotropic {
    static constexpr bool shared = false;

    static void estimate(const CovarianceSums &sums, const CovariancePrior &prior, double *covariance, const Worker &) {
        const double mass = sums.mass[0], *shift = sums.shifts;
        double scatter = sums.second[0];
        for (Index j = 0; j < sums.shape.features; ++j) scatter -= mass * shift[j] * shift[j];
        covariance[0] = variance(sums.shape.features, scatter, sums.rows[0], prior);
    }

    static void move_second(Index d, double mass, const double *first, const double *shift, const double *from,
                            double *to) {
        to[0] += from[0];
        for (Index j = 0; j < d; ++j) to[0] += first[j] * shift[j] + shift[j] * first[j] + mass * shift[j] * shift[j];
    }

    /// A missing column adds its variance.
    static void complete_second(Shape, const MeasuredColumns &columns, Index, const double *mass, const double *,
                                const double *, const double *covariance, const double *of_observed, double *second) {
        if (!columns.observed.empty()) second[0] += of_observed[0];
        for (std::size_t j = 0; j < columns.missing.size(); ++j) second[0] += mass[0] * covariance[0];
    }
};

}  // namespace semigen

#ifdef SEMIGEN_TARGET
namespace semigen::SEMIGEN_TARGET {

template <class T, bool by_column, bool shared, bool incomplete>
class Variances;

template <>
struct Kernels<Family::spherical> {
    template <class T>
    using ByLanes = Variances<T, false, false, false>;
    template <class T>
    using ByBlas = ByLanes<T>;
    template <class T, int>
    using FewColumns = ByLanes<T>;
    template <class T>
    using Incomplete = Variances<T, false, false, true>;
};

}  // namespace semigen::SEMIGEN_TARGET
#endif

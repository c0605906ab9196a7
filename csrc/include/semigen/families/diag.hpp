// `diag`: a variance for every component and column.
#pragma once

#include "semigen/families/list.hpp"
#include "semigen/families/uncorrelated.hpp"

namespace semigen {

template <>
struct Traits<Family::diag> : Uncorrelated {
    static constexpr bool shared = false;
    static constexpr Index size(Shape shape) { return shape.features; }
    static constexpr Index second_size(Shape shape) { return shape.features; }
    static constexpr Index floor_size(Shape shape) { return shape.features; }

    static double log_determinant(const double *factor, Shape shape) {
        double sum = 0;
        for (Index j = 0; j < shape.features; ++j) sum += std::log(factor[j]);
        return sum;
    }

    template <class T>
    static void whiten(const double *factor, const double *mean, Index d, T *out) {
        for (Index j = 0; j < d; ++j) out[j] = static_cast<T>(mean[j] * factor[j]);
    }

    static void estimate(const CovarianceSums &sums, const CovariancePrior &prior, double *covariance, const Worker &) {
        const double nu = prior.pseudo_count, mass = sums.mass[0], *shift = sums.shifts;
        for (Index j = 0; j < sums.shape.features; ++j) {
            const double scatter = std::max(sums.second[j] - mass * shift[j] * shift[j], 0.0);
            covariance[j] = (scatter + nu * prior.target[j]) / (sums.rows[0] + nu);
        }
    }

    static bool factorise(Shape shape, double *covariance, const double *floor, double *factor, const Worker &) {
        return factorise_variances(shape.features, covariance, floor, factor);
    }

    static double deviance(Shape shape, const double *factor, const CovariancePrior &prior, const Worker &) {
        double deviance = 0;
        for (Index j = 0; j < shape.features; ++j)
            deviance += factor[j] * factor[j] * prior.target[j] - 2 * std::log(factor[j]);
        return deviance;
    }

    static void move_second(Index d, double mass, const double *first, const double *shift, const double *from,
                            double *to) {
        for (Index j = 0; j < d; ++j)
            to[j] += from[j] + (first[j] * shift[j] + shift[j] * first[j] + mass * shift[j] * shift[j]);
    }

    static void restrict_factor(const double *factor, Shape, const MeasuredColumns &columns, double *out) {
        for (const Index j : columns.observed) *out++ = factor[j];
    }

    /// second_j += of_observed_j; a missing column adds its variance.
    static void complete_second(Shape, const MeasuredColumns &columns, Index, const double *mass, const double *,
                                const double *, const double *covariance, const double *of_observed, double *second) {
        for (const Index j : columns.observed) second[j] += *of_observed++;
        for (const Index j : columns.missing) second[j] += mass[0] * covariance[j];
    }
};

}  // namespace semigen

#ifdef SEMIGEN_TARGET
namespace semigen::SEMIGEN_TARGET {

template <class T, bool by_column, bool shared, bool incomplete>
class Variances;

template <>
struct Kernels<Family::diag> {
    template <class T>
    using ByLanes = Variances<T, true, false, false>;
    template <class T>
    using ByBlas = ByLanes<T>;
    template <class T, int>
    using FewColumns = ByLanes<T>;
    template <class T>
    using Incomplete = Variances<T, true, false, true>;
};

}  // namespace semigen::SEMIGEN_TARGET
#endif

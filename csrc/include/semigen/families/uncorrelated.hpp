// Covariances that are variances, of each column or of all alike: what `diag` and `spherical` have in common.
#pragma once

#include <algorithm>
#include <cmath>

#include "semigen/families/family.hpp"

namespace semigen {

struct Uncorrelated {
    static constexpr bool dense = false, latent = false, whitens_means = true;
    static constexpr Index rank_of(Index, Index) { return 0; }

protected:
    /// Raises variances to the floor and gives inverse standard deviations; false if a variance is not positive.
    static bool factorise_variances(Index count, double *variances, const double *floor, double *factor) {
        for (Index j = 0; j < count; ++j) {
            variances[j] = std::max(variances[j], floor[j]);
            if (!(variances[j] > 0)) return false;
            factor[j] = 1 / std::sqrt(variances[j]);
        }
        return true;
    }
};

/// One variance for all columns.
struct Isotropic : Uncorrelated {
    static constexpr Index size(Shape) { return 1; }
    static constexpr Index second_size(Shape) { return 1; }
    static constexpr Index floor_size(Shape) { return 1; }

    static double log_determinant(const double *factor, Shape shape) {
        return static_cast<double>(shape.features) * std::log(factor[0]);
    }

    template <class T>
    static void whiten(const double *factor, const double *mean, Index d, T *out) {
        for (Index j = 0; j < d; ++j) out[j] = static_cast<T>(mean[j] * factor[0]);
    }

    static bool factorise(Shape, double *covariance, const double *floor, double *factor, const Worker &) {
        return factorise_variances(1, covariance, floor, factor);
    }

    static double deviance(Shape shape, const double *factor, const CovariancePrior &prior, const Worker &) {
        return static_cast<double>(shape.features) *
               (factor[0] * factor[0] * prior.target[0] - 2 * std::log(factor[0]));
    }

    static void restrict_factor(const double *factor, Shape, const MeasuredColumns &, double *out) {
        out[0] = factor[0];
    }

protected:
    /// (scatter + nu d target) / ((rows + nu) d)
    static double variance(Index d, double scatter, double rows, const CovariancePrior &prior) {
        const double nu = prior.pseudo_count, values = (rows + nu) * static_cast<double>(d);
        return (std::max(scatter, 0.0) + nu * static_cast<double>(d) * prior.target[0]) / values;
    }
};

}  // namespace semigen

// The four covariance families, and where parameters and statistics lie in flat arrays.
#pragma once

#include <cmath>
#include <vector>

#include "semigen/views.hpp"

namespace semigen {

enum class Family { full, tied, diag, spherical };
constexpr int family_count = 4;

/// Number of entries of a lower triangle, stored row after row.
constexpr Index triangle(Index d) { return d * (d + 1) / 2; }

/// Parameters as the caller holds them: always float64, C order.
///
/// `factors` are inverse Cholesky factors P of the covariances, P^T P = Sigma^-1: lower triangles in full d x d
/// matrices (one per component for `full`, a single one for `tied`), inverse standard deviations for `diag` (per
/// component and column) and `spherical` (per component).
struct ModelView {
    Family family;
    Index components, features;
    const double *log_weights;
    const double *means;
    const double *factors;
};

/// Entries of one factor, or of one covariance: a component's, or the shared one of `tied`.
constexpr Index factor_size(Family family, Index d) {
    return family == Family::diag ? d : family == Family::spherical ? 1 : d * d;
}

constexpr Index factor_count(Family family, Index components) { return family == Family::tied ? 1 : components; }

/// The additive sufficient statistics of a pass, in one flat array of doubles:
/// the log-likelihood, then per component its mass, its first and its second moment.
///
/// Moments are centred on the means that the pass used. `full` keeps a packed triangle per component, `diag` a row of
/// squares, `spherical` their sum. `tied` keeps a single triangle for all rows, centred on the origin of the model's
/// coordinates: responsibilities sum to one, so that scatter does not depend on the parameters.
struct StatisticsLayout {
    Family family;
    Index components, features;

    constexpr Index mass() const { return 1; }
    constexpr Index first() const { return mass() + components; }
    constexpr Index second() const { return first() + components * features; }
    constexpr Index second_size() const {
        switch (family) {
            case Family::diag: return features;
            case Family::spherical: return 1;
            default: return triangle(features);
        }
    }
    constexpr Index size() const { return second() + factor_count(family, components) * second_size(); }
};

/// Sum of log diagonals of component m's factor, that is -1/2 log det Sigma.
inline double log_determinant(const ModelView &model, Index m) {
    const Index d = model.features;
    const double *factor = model.factors + (model.family == Family::tied ? 0 : m * factor_size(model.family, d));
    if (model.family == Family::spherical) return static_cast<double>(d) * std::log(factor[0]);
    const Index step = model.family == Family::diag ? 1 : d + 1;
    double sum = 0;
    for (Index j = 0; j < d; ++j) sum += std::log(factor[j * step]);
    return sum;
}

/// log pi_m + log det P_m - d/2 log 2 pi: all of log pi_m p(x | m) that does not depend on x.
inline double log_constant(const ModelView &model, Index m) {
    constexpr double log_two_pi = 1.8378770664093454836;
    return model.log_weights[m] + log_determinant(model, m) - 0.5 * static_cast<double>(model.features) * log_two_pi;
}

}  // namespace semigen

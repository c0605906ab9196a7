// Parameters and sufficient statistics, and where they lie in flat arrays.
#pragma once

#include <cmath>
#include <vector>

#include "semigen/families/table.hpp"
#include "semigen/views.hpp"

namespace semigen {

struct StatisticsLayout;

/// Parameters as the caller holds them: always float64, C order.
///
/// `factors` are inverse Cholesky factors P of the covariances, P^T P = Sigma^-1: lower triangles in d x d matrices, or
/// inverse standard deviations, or what else the Traits of the family say.
struct ModelView {
    Family family;
    Index components, features, rank;
    const double *log_weights;
    const double *means;
    const double *factors;
    const double *degrees_of_freedom = nullptr;  ///< of Student t components (radial.hpp); null where they are Gaussian
    Index columns_seen = features;               ///< those that were measured: features, unless one stands in for none
    const double *noise = nullptr;   ///< log odds of a row to be noise, log sides of its box; null without noise
    const double *tables = nullptr;  ///< log densities of cells (views.hpp), cells x components; null if not asked for
    Index cells = 0;

    constexpr Shape shape() const { return {features, rank}; }
    constexpr StatisticsLayout layout() const;

    /// log of odds times density of uniform noise: what log p(x) of the components is compared with.
    double noise_log_density() const {
        double found = noise[0];
        for (Index j = 0; j < features; ++j) found -= noise[1 + j];
        return found;
    }
};

/// Entries of one factor, or of one covariance: a component's, or the one that all share.
[[gnu::always_inline]] constexpr Index factor_size(Family family, Shape shape) {
    return with_family(family, [shape](auto traits) { return traits.size(shape); });
}

/// Whether one covariance serves all components.
[[gnu::always_inline]] constexpr bool is_shared(Family family) {
    return with_family(family, [](auto traits) { return traits.shared; });
}

/// Whether covariances are d x d matrices.
[[gnu::always_inline]] constexpr bool is_dense(Family family) {
    return with_family(family, [](auto traits) { return traits.dense; });
}

/// Whether second moments are of latent factors as well.
[[gnu::always_inline]] constexpr bool is_latent(Family family) {
    return with_family(family, [](auto traits) { return traits.latent; });
}

[[gnu::always_inline]] constexpr Index factor_count(Family family, Index components) {
    return is_shared(family) ? 1 : components;
}

/// The additive sufficient statistics of a pass, in one flat array of doubles:
/// the log-likelihood, then per component its mass, its first and its second moment; of Student t components also what
/// their moments weigh, sum r u, and the sum of r times what log W - W is expected at (radial.hpp); with uniform noise,
/// what the rows weigh that are noise, in expectation, and those that may be. Last, of each cell and component, the sum
/// of responsibilities times how often rows have the cell.
///
/// First moments are centred on the means that the pass used, and second moments as well, packed as the family says.
/// Components that share a covariance have a single second moment of all rows, about the origin: responsibilities sum
/// to one, so that it does not depend on the parameters.
struct StatisticsLayout {
    Family family;
    Index components, features, rank;
    bool heavy_tails = false;  ///< whether components are Student t
    bool noise = false;        ///< whether rows may be noise
    Index cells = 0;

    constexpr Shape shape() const { return {features, rank}; }
    constexpr Index mass() const { return 1; }
    constexpr Index first() const { return mass() + components; }
    constexpr Index second() const { return first() + components * features; }
    [[gnu::always_inline]] constexpr Index second_size() const {
        return with_family(family, [this](auto traits) { return traits.second_size(shape()); });
    }
    [[gnu::always_inline]] constexpr Index end_of_moments() const {
        return second() + factor_count(family, components) * second_size();
    }
    /// What first and second moments weigh.
    [[gnu::always_inline]] constexpr Index weight() const { return heavy_tails ? end_of_moments() : mass(); }
    [[gnu::always_inline]] constexpr Index log_weight() const { return end_of_moments() + components; }
    [[gnu::always_inline]] constexpr Index noise_mass() const {
        return end_of_moments() + (heavy_tails ? 2 * components : 0);
    }
    constexpr Index cell_sums() const { return noise_mass() + (noise ? 2 : 0); }
    constexpr Index size() const { return cell_sums() + cells * components; }
};

constexpr StatisticsLayout ModelView::layout() const {
    return {family, components, features, rank, degrees_of_freedom != nullptr, noise != nullptr, cells};
}

/// The factor of component m.
inline const double *factor_of(const ModelView &model, Index m) {
    return model.factors + (is_shared(model.family) ? 0 : m * factor_size(model.family, model.shape()));
}

/// -1/2 log det Sigma of component m: the sum of log diagonals where its factor is a triangle.
inline double log_determinant(const ModelView &model, Index m) {
    const double *factor = factor_of(model, m);
    return with_family(model.family, [&](auto traits) { return traits.log_determinant(factor, model.shape()); });
}

/// log pi_m + log det P_m - d/2 log 2 pi: all of log pi_m p(x | m) that does not depend on x.
inline double log_constant(const ModelView &model, Index m) {
    constexpr double log_two_pi = 1.8378770664093454836;
    return model.log_weights[m] + log_determinant(model, m) - 0.5 * static_cast<double>(model.features) * log_two_pi;
}

}  // namespace semigen

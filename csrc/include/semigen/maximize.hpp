// The M step: sufficient statistics and a prior give means, covariances and their inverse factors.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "semigen/covariance.hpp"
#include "semigen/model.hpp"
#include "semigen/parallel.hpp"

namespace semigen {

/// What a covariance leans on: `pseudo_count` rows with the covariance `target`, and a floor under its variances.
///
/// The log prior is -pseudo_count/2 (log det Sigma + tr Sigma^-1 target), summed over the covariances of the model;
/// its posterior mode is (scatter + pseudo_count * target) / (mass + pseudo_count).
struct CovariancePrior {
    double pseudo_count;
    const double *target;  ///< one covariance of the family: d x d, d values, or one value
    const double *roots;   ///< for `full` and `tied`: rows r with sum of r^T r = target, row j zero before column j
    const double *floor;   ///< least variance per column; for `spherical` a single value
};

/// Parameters to be written. Covariances and means hold the previous values on entry: a component that lost all its
/// mass keeps what it had.
struct ModelUpdate {
    double *means;
    double *covariances;
    double *factors;
};

namespace detail {

/// A component with less than this part of all mass says nothing about its mean.
constexpr double vanished = 1e-14;

/// Turns a covariance of the family into its factor, raising it to the floor.
inline bool factorise(Family family, Index d, double *covariance, const double *floor, double *factor,
                      const Worker &worker) {
    if (family == Family::full || family == Family::tied)
        return CovarianceFactoriser(d, &worker).invert_above(covariance, floor, factor);
    for (Index j = 0; j < factor_size(family, d); ++j) {
        covariance[j] = std::max(covariance[j], floor[j]);
        if (!(covariance[j] > 0)) return false;
        factor[j] = 1 / std::sqrt(covariance[j]);
    }
    return true;
}

/// tr(Sigma^-1 target), the sum of squares of P r over the roots r of the target.
inline double trace_of_target(Index d, const double *factor, const double *roots, const Worker &worker) {
    double trace = 0;
    if (d > lapack_dimension) {
        constexpr Index some = 512;
        std::vector<double> whitened(static_cast<std::size_t>(std::min(d, some) * d));
        for (Index first = 0; first < d && !worker.stop(); first += some) {
            const Index count = std::min(d - first, some);
            std::copy(roots + first * d, roots + (first + count) * d, whitened.begin());
            blas::multiply_lower(factor, d, whitened.data(), count);
            for (Index i = 0; i < count * d; ++i) trace += whitened[i] * whitened[i];
        }
        return trace;
    }
    for (Index j = 0; j < d; ++j)
        for (Index i = j; i < d; ++i) {
            double value = 0;
            for (Index c = j; c <= i; ++c) value += factor[i * d + c] * roots[j * d + c];
            trace += value * value;
        }
    return trace;
}

/// log det Sigma + tr(Sigma^-1 target) from the factor P of Sigma.
inline double prior_deviance(Family family, Index d, const double *factor, const CovariancePrior &prior,
                             const Worker &worker) {
    if (family == Family::spherical)
        return static_cast<double>(d) * (factor[0] * factor[0] * prior.target[0] - 2 * std::log(factor[0]));
    double deviance = 0;
    if (family == Family::diag) {
        for (Index j = 0; j < d; ++j) deviance += factor[j] * factor[j] * prior.target[j] - 2 * std::log(factor[j]);
        return deviance;
    }
    for (Index i = 0; i < d; ++i) deviance -= 2 * std::log(factor[i * d + i]);
    return deviance + trace_of_target(d, factor, prior.roots, worker);
}

}  // namespace detail

/// One component's (or, for `tied`, the model's) scatter about the new means, divided by mass with the prior's share.
inline void estimate_covariance(const StatisticsLayout &layout, const double *statistics, Index index,
                                const double *means, const double *shifts, const CovariancePrior &prior,
                                double *covariance, const Worker &worker) {
    const Index d = layout.features;
    const double *second = statistics + layout.second() + index * layout.second_size();
    const double nu = prior.pseudo_count;
    const double *mass = statistics + layout.mass();
    const double *shift = shifts + index * d;
    switch (layout.family) {
        case Family::spherical: {
            double scatter = second[0];
            for (Index j = 0; j < d; ++j) scatter -= mass[index] * shift[j] * shift[j];
            const double rows = (mass[index] + nu) * static_cast<double>(d);
            covariance[0] = (std::max(scatter, 0.0) + nu * static_cast<double>(d) * prior.target[0]) / rows;
            return;
        }
        case Family::diag:
            for (Index j = 0; j < d; ++j) {
                const double scatter = std::max(second[j] - mass[index] * shift[j] * shift[j], 0.0);
                covariance[j] = (scatter + nu * prior.target[j]) / (mass[index] + nu);
            }
            return;
        case Family::full:
            for (Index i = 0; i < d && !worker.stop(); ++i)
                for (Index j = 0; j <= i; ++j) {
                    const double scatter = second[triangle(i) + j] - mass[index] * shift[i] * shift[j];
                    covariance[i * d + j] = covariance[j * d + i] =
                        (scatter + nu * prior.target[i * d + j]) / (mass[index] + nu);
                }
            return;
        case Family::tied: {
            double total = nu;
            for (Index m = 0; m < layout.components; ++m) total += mass[m];
            for (Index i = 0; i < d && !worker.stop(); ++i)
                for (Index j = 0; j <= i; ++j) {
                    double scatter = second[triangle(i) + j];
                    for (Index m = 0; m < layout.components; ++m)
                        scatter -= mass[m] * means[m * d + i] * means[m * d + j];
                    covariance[i * d + j] = covariance[j * d + i] = (scatter + nu * prior.target[i * d + j]) / total;
                }
            return;
        }
    }
}

/// Factorises covariance m of the update, raising it to the floor, and gives its share of the log prior.
/// False if it is singular.
inline bool finish_covariance(Family family, Index d, Index m, const CovariancePrior &prior, const ModelUpdate &update,
                              double *log_prior, const Worker &worker) {
    const Index size = factor_size(family, d);
    double *factor = update.factors + m * size;
    if (!detail::factorise(family, d, update.covariances + m * size, prior.floor, factor, worker)) return worker.stop();
    const double nu = prior.pseudo_count;
    *log_prior = nu > 0 ? -0.5 * nu * detail::prior_deviance(family, d, factor, prior, worker) : 0.0;
    return true;
}

/// Calls make(m, worker) for every covariance of the model, then factorises it. Returns the index of a singular one, or
/// -1; `log_prior` receives the log prior of all.
template <class Make>
inline Index finish_covariances(const StatisticsLayout &layout, const CovariancePrior &prior, const ModelUpdate &update,
                                int threads, Interruption &interruption, double *log_prior, Make make) {
    const Index count = factor_count(layout.family, layout.components);
    std::vector<double> log_priors(static_cast<std::size_t>(count), 0.0);
    std::vector<char> singular(static_cast<std::size_t>(count), 0);
    const bool square = layout.family == Family::full || layout.family == Family::tied;
    const bool heavy = square && layout.features > parallel_lapack_dimension && count > 1;
    const int workers = heavy ? static_cast<int>(std::min<Index>(threads, count)) : 1;
    if (heavy) blas::require_room(workers);
    for_each_slot(count, workers, interruption, [&](Index m, const Worker &worker) {
        make(m, worker);
        singular[m] = !finish_covariance(layout.family, layout.features, m, prior, update, &log_priors[m], worker);
    });
    *log_prior = 0;
    for (Index m = 0; m < count; ++m) {
        if (singular[m]) return m;
        *log_prior += log_priors[m];
    }
    return -1;
}

/// The M step: new means, covariances and factors. Returns the index of a singular covariance, or -1.
inline Index maximize(const StatisticsLayout &layout, const double *statistics, const CovariancePrior &prior,
                      const ModelUpdate &update, int threads, Interruption &interruption, double *log_prior) {
    const Index d = layout.features;
    const double *mass = statistics + layout.mass();
    const double *first = statistics + layout.first();

    double total = 0;
    for (Index m = 0; m < layout.components; ++m) total += mass[m];
    std::vector<double> shifts(static_cast<std::size_t>(layout.components * d), 0.0);
    for (Index m = 0; m < layout.components; ++m) {
        if (!(mass[m] > detail::vanished * total)) continue;
        for (Index j = 0; j < d; ++j) {
            shifts[m * d + j] = first[m * d + j] / mass[m];
            update.means[m * d + j] += shifts[m * d + j];
        }
    }

    return finish_covariances(
        layout, prior, update, threads, interruption, log_prior, [&](Index m, const Worker &worker) {
            const bool informed = layout.family == Family::tied ? total > 0 : mass[m] > detail::vanished * total;
            if (informed || prior.pseudo_count > 0)
                estimate_covariance(layout, statistics, m, update.means, shifts.data(), prior,
                                    update.covariances + m * factor_size(layout.family, d), worker);
        });
}

}  // namespace semigen

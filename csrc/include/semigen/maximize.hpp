// The M step: sufficient statistics and a prior give means, covariances and their inverse factors.
#pragma once

#include <algorithm>
#include <vector>

#include "semigen/covariance.hpp"
#include "semigen/model.hpp"
#include "semigen/parallel.hpp"

namespace semigen {

/// Parameters to be written. Means hold the former values on entry.
struct ModelUpdate {
    double *means;
    double *covariances;
    double *factors;
    const double *former = nullptr;  ///< former covariances: a component that lost all its mass keeps its own
};

namespace detail {

/// A component with less than this part of all mass says nothing about its mean.
constexpr double vanished = 1e-14;

}  // namespace detail

/// Factorises covariance m of the update, raising it to the floor, and gives its share of the log prior.
/// False if it is singular.
inline bool finish_covariance(Family family, Shape shape, Index m, const CovariancePrior &prior,
                              const ModelUpdate &update, double *log_prior, const Worker &worker) {
    return with_family(family, [&](auto traits) {
        double *covariance = update.covariances + m * traits.size(shape),
               *factor = update.factors + m * traits.size(shape);
        if (!traits.factorise(shape, covariance, prior.floor, factor, worker)) return worker.stop();
        const double nu = prior.pseudo_count;
        *log_prior = nu > 0 ? -0.5 * nu * traits.deviance(shape, factor, prior, worker) : 0.0;
        return true;
    });
}

/// Calls make(m, worker) for every covariance of the model, then factorises it. Returns the index of a singular one, or
/// -1; `log_prior` receives the log prior of all.
template <class Make>
inline Index finish_covariances(const StatisticsLayout &layout, const CovariancePrior &prior, const ModelUpdate &update,
                                int threads, Interruption &interruption, double *log_prior, Make make) {
    const Index count = factor_count(layout.family, layout.components);
    std::vector<double> log_priors(static_cast<std::size_t>(count), 0.0);
    std::vector<char> singular(static_cast<std::size_t>(count), 0);
    const bool dense = is_dense(layout.family);
    const bool heavy = count > 1 && (dense ? layout.features > parallel_lapack_dimension
                                           : count * layout.features * layout.rank * layout.rank > 500'000);
    const int workers = heavy ? static_cast<int>(std::min<Index>(threads, count)) : 1;
    if (heavy && dense) blas::require_room(workers);
    for_each_slot(count, workers, interruption, [&](Index m, const Worker &worker) {
        make(m, worker);
        singular[m] = !finish_covariance(layout.family, layout.shape(), m, prior, update, &log_priors[m], worker);
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
    const double *mass = statistics + layout.weight(), *rows = statistics + layout.mass();
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
            const bool shared = is_shared(layout.family);
            const bool informed = shared ? total > 0 : mass[m] > detail::vanished * total;
            const Index size = factor_size(layout.family, layout.shape());
            if (!informed && !(prior.pseudo_count > 0)) {
                std::copy(update.former + m * size, update.former + (m + 1) * size, update.covariances + m * size);
                return;
            }
            const CovarianceSums sums{layout.shape(),
                                      shared ? layout.components : 1,
                                      statistics + layout.second() + m * layout.second_size(),
                                      mass + m,
                                      rows + m,
                                      update.means + m * d,
                                      shifts.data() + m * d,
                                      update.former + m * size};
            with_family(layout.family,
                        [&](auto traits) { traits.estimate(sums, prior, update.covariances + m * size, worker); });
        });
}

}  // namespace semigen

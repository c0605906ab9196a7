// A pass over rows of which each lacks other columns, NaN standing for what is missing.
#pragma once

#include "semigen/pass.hpp"

namespace semigen {

namespace detail {

/// Moves second moments that components share from the means of each to the origin.
inline void move_shared_to_origin(const ModelView &model, double *statistics) {
    const StatisticsLayout layout = model.layout();
    const Index d = model.features;
    double *second = statistics + layout.second();
    for (Index m = 0; m < model.components; ++m) {
        const double mass = statistics[layout.mass() + m];
        const double *first = statistics + layout.first() + m * d, *mean = model.means + m * d;
        for (Index i = 0; i < d; ++i)
            if (is_dense(model.family))
                for (Index j = 0; j <= i; ++j)
                    second[triangle(i) + j] += first[i] * mean[j] + mean[i] * first[j] + mass * mean[i] * mean[j];
            else
                second[0] += (2 * first[i] + mass * mean[i]) * mean[i];
    }
}

}  // namespace detail

/// Writes the statistics of the E step over rows that are completed one by one, where completes_rows says that they can
/// be. Returns the index of a covariance that is singular in the columns of some row, or -1.
inline Index expectation_of_incomplete(const Rows<double> &rows, const ModelView &model, const double *covariances,
                                       CompletionModel &completions, PassMemory &memory, Workspace<double> &workspace,
                                       bool prune, int threads, Interruption &interruption, double *statistics) {
    if (rows.positions == 0) {
        std::fill(statistics, statistics + model.layout().size(), 0.0);
        return -1;
    }
    // What is expected of missing values depends on the parameters: no moments can be kept.
    const detail::LeftOut only_negligible{prune, false, false};
    const Completion completion = completions.prepare(model, covariances);
    detail::sum_statistics(rows, model, memory, workspace, only_negligible, threads, interruption, statistics,
                           &completion);
    if (is_shared(model.family)) detail::move_shared_to_origin(model, statistics);
    return completions.singular();
}

}  // namespace semigen

// Moments of rows whose component is known: summed once about a centre, then moved to the means of every pass.
#pragma once

#include <vector>

#include "semigen/model.hpp"

namespace semigen {

/// Mass, first and second moments of the groups that may use a single component. Their responsibilities are one
/// whatever the parameters, so only their densities depend on a pass.
class KnownMoments {
public:
    bool known() const { return !centres_.empty(); }

    /// Takes the statistics of those groups about `centres`, components x features.
    void assign(std::vector<double> centres, std::vector<double> statistics) {
        centres_ = std::move(centres);
        statistics_ = std::move(statistics);
    }

    /// Adds the moments, moved to these means, to those of the other rows. What `tied` shares is left alone.
    template <class Means>
    void add(const StatisticsLayout &layout, const Means *means, double *statistics) const {
        const Index d = layout.features;
        std::vector<double> shift(static_cast<std::size_t>(d));
        for (Index m = 0; m < layout.components; ++m) {
            const double mass = statistics_[layout.mass() + m];
            if (!(mass > 0)) continue;
            const double *first = statistics_.data() + layout.first() + m * d;
            statistics[layout.mass() + m] += mass;
            for (Index j = 0; j < d; ++j) {
                shift[j] = centres_[m * d + j] - static_cast<double>(means[m * d + j]);
                statistics[layout.first() + m * d + j] += first[j] + mass * shift[j];
            }
            if (layout.family == Family::tied) continue;
            const Index at = layout.second() + m * layout.second_size();
            const double *from = statistics_.data() + at;
            double *to = statistics + at;
            const auto moved = [&](Index i, Index j) {
                return first[i] * shift[j] + shift[i] * first[j] + mass * shift[i] * shift[j];
            };
            if (layout.family == Family::full)
                for (Index i = 0; i < d; ++i)
                    for (Index j = 0; j <= i; ++j) *to++ += *from++ + moved(i, j);
            else if (layout.family == Family::diag)
                for (Index j = 0; j < d; ++j) to[j] += from[j] + moved(j, j);
            else {
                to[0] += from[0];
                for (Index j = 0; j < d; ++j) to[0] += moved(j, j);
            }
        }
    }

private:
    std::vector<double> centres_, statistics_;
};

}  // namespace semigen

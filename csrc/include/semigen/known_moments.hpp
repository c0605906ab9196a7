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

    /// Adds the moments, moved to these means, to those of the other rows. What components share is left alone.
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
            const Index at = layout.second() + m * layout.second_size();
            with_family(layout.family, [&](auto traits) {
                if constexpr (!traits.shared && !traits.latent)
                    traits.move_second(d, mass, first, shift.data(), statistics_.data() + at, statistics + at);
            });
        }
    }

private:
    std::vector<double> centres_, statistics_;
};

}  // namespace semigen

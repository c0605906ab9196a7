// PatternPass: rows in which columns are missing, those that lack the same columns together.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "row_pass.hpp"
#include "semigen/marginal.hpp"

class PatternPass {
public:
    /// A RowPass for every pattern, over its observed columns only, and the numbers of those columns, rising. Rows that
    /// lack everything have a single column of zeros.
    PatternPass(std::vector<std::shared_ptr<RowPass>> passes, const std::vector<std::vector<Index>> &observed,
                Index features)
        : passes_(std::move(passes)), observed_(observed), features_(features) {
        require(passes_.size() == observed_.size(), "every pattern needs its observed columns");
        const auto workspaces = std::make_shared<Workspaces>();
        for (std::size_t p = 0; p < passes_.size(); ++p) {
            const std::vector<Index> &columns = observed_[p];
            require(std::is_sorted(columns.begin(), columns.end()) &&
                        std::adjacent_find(columns.begin(), columns.end()) == columns.end() &&
                        (columns.empty() || (columns.front() >= 0 && columns.back() < features)),
                    "observed columns must rise and lie within the features");
            require(passes_[p]->features() == std::max<Index>(1, static_cast<Index>(columns.size())),
                    "a pattern's rows must have its observed columns");
            passes_[p]->share(workspaces);
        }
    }

    Index positions() const {
        Index total = 0;
        for (const auto &pass : passes_) total += pass->positions();
        return total;
    }

    semigen::ModelView view(Family family, const Doubles &log_weights, const Doubles &means, const Doubles &covariances,
                            const Doubles &factors) const {
        const semigen::ModelView model = view_model(family, log_weights, means, factors, features_);
        for (const auto &pass : passes_) pass->require_components(model.components);
        entries(covariances, factors.size(), "covariances");
        return model;
    }

    void require_all_components(Index components) const {
        for (const auto &pass : passes_) pass->require_all_components(components);
    }

    /// Writes the statistics of all columns: what is missing counts as it is expected. Returns the index of a
    /// covariance that is singular in the observed columns of some row, or -1.
    Index expectation(const semigen::ModelView &model, const double *covariances, bool prune, int threads,
                      semigen::Interruption &interruption, double *statistics) {
        const semigen::StatisticsLayout layout{model.family, model.components, model.features};
        std::fill(statistics, statistics + layout.size(), 0.0);
        return for_each_pattern(model, covariances, threads, interruption, [&](RowPass &pass) {
            const semigen::ModelView part = marginal_.view();
            const semigen::StatisticsLayout of_part{part.family, part.components, part.features};
            partial_.resize(static_cast<std::size_t>(of_part.size()));
            pass.expectation(part, prune, threads, interruption, partial_.data());
            if (!interruption.stopped()) marginal_.complete(partial_.data(), statistics, threads, interruption);
        });
    }

    /// Writes log p(observed columns, class), the rows of the first pattern first.
    Index class_scores(const semigen::ModelView &model, const double *covariances, const semigen::ClassScores &scores,
                       int threads, semigen::Interruption &interruption) {
        Index position = 0;
        return for_each_pattern(model, covariances, threads, interruption, [&](RowPass &pass) {
            const semigen::ClassScores part{scores.values + position * scores.classes, scores.class_first,
                                            scores.classes};
            pass.class_scores(marginal_.view(), part, threads, interruption);
            position += pass.positions();
        });
    }

private:
    template <class Use>
    Index for_each_pattern(const semigen::ModelView &model, const double *covariances, int threads,
                           semigen::Interruption &interruption, Use use) {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (std::size_t p = 0; p < passes_.size() && !interruption.stopped(); ++p) {
            const Index singular = marginal_.restrict_to(observed_[p], model, covariances, threads, interruption);
            if (singular >= 0) return singular;
            use(*passes_[p]);
        }
        return -1;
    }

    std::vector<std::shared_ptr<RowPass>> passes_;
    std::vector<std::vector<Index>> observed_;
    Index features_;
    semigen::Marginal marginal_;
    std::vector<double> partial_;
    std::mutex mutex_;
};

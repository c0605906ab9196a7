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
    ///
    /// `incomplete` may hold rows besides, in float64, with NaN where a value is missing: they are completed one by
    /// one, whatever they lack, and come after the others where there are answers for each row.
    PatternPass(std::vector<std::shared_ptr<RowPass>> passes, const std::vector<std::vector<Index>> &observed,
                Index features, const std::shared_ptr<RowPass> &incomplete)
        : passes_(std::move(passes)), observed_(observed), features_(features), incomplete_(incomplete) {
        require(passes_.size() == observed_.size(), "every pattern needs its observed columns");
        require(features >= 1, "there must be a feature");
        require(incomplete_ == nullptr || (incomplete_->features() == features && incomplete_->double_precision()),
                "rows that are completed one by one must be float64 and have all columns");
        for (std::size_t p = 0; p < passes_.size(); ++p) {
            require(passes_[p] != nullptr, "every pattern needs its rows");
            const std::vector<Index> &columns = observed_[p];
            require(std::is_sorted(columns.begin(), columns.end()) &&
                        std::adjacent_find(columns.begin(), columns.end()) == columns.end() &&
                        (columns.empty() || (columns.front() >= 0 && columns.back() < features)),
                    "observed columns must rise and lie within the features");
            require(passes_[p]->features() == std::max<Index>(1, static_cast<Index>(columns.size())),
                    "a pattern's rows must have its observed columns");
            first_position_.push_back(positions_);
            positions_ += passes_[p]->positions();
            (passes_[p]->positions() < rows_for_all_threads ? small_ : large_).push_back(p);
        }
        if (small_.size() >= enough_to_share) return;
        large_.resize(passes_.size());
        for (std::size_t p = 0; p < large_.size(); ++p) large_[p] = p;
        small_.clear();
    }

    Index positions() const { return positions_ + (incomplete_ == nullptr ? 0 : incomplete_->positions()); }

    semigen::ModelView view(Family family, const Doubles &log_weights, const Doubles &means, const Doubles &covariances,
                            const Doubles &factors, const Degrees &degrees_of_freedom, const Noise &noise,
                            const Tables &tables) const {
        const semigen::ModelView model =
            view_model(family, log_weights, means, factors, degrees_of_freedom, features_, noise, tables);
        for (const auto &pass : passes_) {
            pass->require_components(model.components);
            pass->require_tables(model.components, tables);
        }
        if (incomplete_ != nullptr) {
            incomplete_->require_components(model.components);
            incomplete_->require_tables(model.components, tables);
            require(semigen::completes_rows(family, features_),
                    "rows of so many columns cannot be completed one by one");
            require(model.degrees_of_freedom == nullptr, "rows of Student t components cannot be completed one by one");
            require(model.noise == nullptr, "rows that may be noise cannot be completed one by one");
        }
        entries(covariances, factors.size(), "covariances");
        return model;
    }

    void require_all_components(Index components) const {
        if (incomplete_ != nullptr) incomplete_->require_all_components(components);
        for (const auto &pass : passes_) pass->require_all_components(components);
    }

    /// Writes the statistics of all columns: what is missing counts as it is expected. Returns the index of a
    /// covariance that is singular in the observed columns of some row, or -1.
    Index expectation(const semigen::ModelView &model, const double *covariances, bool prune, int threads,
                      semigen::Interruption &interruption, double *statistics) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const Index size = model.layout().size();
        const Index slots = slot_count(size);
        sums_.assign(static_cast<std::size_t>(slots * size), 0.0);
        const auto visit = [&](std::size_t p, Index slot, Room &room, int helping, semigen::Interruption &asked) {
            const Index singular = room.marginal.restrict_to(observed_[p], model, covariances, helping, asked);
            if (singular >= 0) return singular;
            const semigen::ModelView part = room.marginal.view();
            const semigen::StatisticsLayout of_part = part.layout();
            room.partial.resize(static_cast<std::size_t>(of_part.size()));
            passes_[p]->expectation(part, prune, helping, asked, room.partial.data(), room.workspaces);
            if (!asked.stopped())
                room.marginal.complete(room.partial.data(), sums_.data() + slot * size, helping, asked);
            return singular;
        };
        const Index singular = for_each_pattern(model, slots, threads, interruption, visit);
        semigen::merge_slots(sums_.data(), slots, size, 0, size);
        std::copy(sums_.begin(), sums_.begin() + size, statistics);
        if (incomplete_ == nullptr || singular >= 0 || interruption.stopped()) return singular;
        const Index found =
            incomplete_->expectation_of_incomplete(model, covariances, prune, threads, interruption, sums_.data());
        for (Index i = 0; i < size; ++i) statistics[i] += sums_[i];
        return found;
    }

    /// Writes log p(observed columns, class), the rows of the first pattern first.
    Index class_scores(const semigen::ModelView &model, const double *covariances, const semigen::ClassScores &scores,
                       int threads, semigen::Interruption &interruption) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const Index singular =
            for_each_marginal(model, covariances, threads, interruption,
                              [&](std::size_t p, Room &room, int helping, semigen::Interruption &asked) {
                                  const semigen::ClassScores part{scores.values + first_position_[p] * scores.classes,
                                                                  scores.class_first, scores.classes};
                                  passes_[p]->class_scores(room.marginal.view(), part, helping, asked, room.workspaces);
                              });
        if (incomplete_ == nullptr || singular >= 0 || interruption.stopped()) return singular;
        const semigen::ClassScores rest{scores.values + positions_ * scores.classes, scores.class_first,
                                        scores.classes};
        return incomplete_->class_scores_of_incomplete(model, covariances, rest, threads, interruption);
    }

    /// Writes the likeliest class of every position, the rows of the first pattern first.
    Index likeliest_classes(const semigen::ModelView &model, const double *covariances,
                            const std::vector<Index> &class_first, int threads, semigen::Interruption &interruption,
                            std::int64_t *codes) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const Index singular =
            for_each_marginal(model, covariances, threads, interruption,
                              [&](std::size_t p, Room &room, int helping, semigen::Interruption &asked) {
                                  passes_[p]->likeliest_classes(room.marginal.view(), class_first, helping, asked,
                                                                codes + first_position_[p], room.workspaces);
                              });
        if (incomplete_ == nullptr || singular >= 0 || interruption.stopped()) return singular;
        return incomplete_->likeliest_classes_of_incomplete(model, covariances, class_first, threads, interruption,
                                                            codes + positions_);
    }

private:
    /// Rows of a pattern from which on all threads work on them together; patterns of fewer rows are shared out among
    /// the threads, if they are enough. Neither depends on the number of threads.
    static constexpr Index rows_for_all_threads = 2048;
    static constexpr std::size_t enough_to_share = 16;

    /// What a thread needs to go through patterns, one after the other.
    struct Room {
        Workspaces workspaces;
        semigen::Marginal marginal;
        std::vector<double> partial;
    };

    /// A slot for the patterns that all threads work on, and others for those that are shared out.
    Index slot_count(Index size) const {
        constexpr Index patterns_per_slot = 8;
        const Index shares = (static_cast<Index>(small_.size()) + patterns_per_slot - 1) / patterns_per_slot;
        return 1 + std::min(shares, semigen::most_slots(size));
    }

    /// Calls use(pattern, room, threads, interruption) for each, the room's marginal being that of the pattern.
    template <class Use>
    Index for_each_marginal(const semigen::ModelView &model, const double *covariances, int threads,
                            semigen::Interruption &interruption, const Use &use) {
        const auto visit = [&](std::size_t p, Index, Room &room, int helping, semigen::Interruption &asked) {
            const Index singular = room.marginal.restrict_to(observed_[p], model, covariances, helping, asked);
            if (singular < 0) use(p, room, helping, asked);
            return singular;
        };
        return for_each_pattern(model, slot_count(1), threads, interruption, visit);
    }

    /// Calls visit(pattern, slot, room, threads, interruption) for each, which returns a singular covariance or -1.
    template <class Visit>
    Index for_each_pattern(const semigen::ModelView &model, Index slots, int threads,
                           semigen::Interruption &interruption, const Visit &visit) {
        rooms_.resize(std::max<std::size_t>(rooms_.size(), std::max(1, threads)));
        std::vector<Index> singular(static_cast<std::size_t>(slots), -1);
        for (const std::size_t p : large_)
            if (interruption.stopped() || (singular[0] = visit(p, 0, rooms_[0], threads, interruption)) >= 0) break;
        const Index count = static_cast<Index>(small_.size()), shared = slots - 1;
        // Each thread may call BLAS for a pattern of its own.
        if (count > 0 && model.features > semigen::lapack_dimension)
            semigen::blas::require_room(static_cast<int>(std::min<Index>(threads, shared)));
        semigen::for_each_slot(shared, threads, interruption, [&](Index i, const semigen::Worker &worker) {
            // Only the calling thread may ask for signals, and it does so between patterns.
            semigen::Interruption none(nullptr);
            Room &room = rooms_[worker.number];
            for (Index k = i * count / shared; k < (i + 1) * count / shared && !worker.stop(); ++k)
                if ((singular[1 + i] = visit(small_[k], 1 + i, room, 1, none)) >= 0) break;
        });
        const auto found = std::find_if(singular.begin(), singular.end(), [](Index m) { return m >= 0; });
        return found == singular.end() ? -1 : *found;
    }

    std::vector<std::shared_ptr<RowPass>> passes_;
    std::vector<std::vector<Index>> observed_;
    Index features_, positions_ = 0;
    std::shared_ptr<RowPass> incomplete_;     ///< rows that are completed one by one, or null
    std::vector<Index> first_position_;       ///< of each pattern
    std::vector<std::size_t> large_, small_;  ///< patterns that all threads work on, and those that are shared out
    std::vector<Room> rooms_;
    std::vector<double> sums_;
    std::mutex mutex_;
};

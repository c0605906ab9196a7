// One pass over the rows: the E step and the sufficient statistics, or scores, in parallel and reproducibly.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "semigen/blas.hpp"
#include "semigen/kernel_table.hpp"
#include "semigen/known_moments.hpp"
#include "semigen/model.hpp"
#include "semigen/parallel.hpp"

namespace semigen {

/// How the rows are cut among slots. Depends on the problem and never on the number of threads.
struct SlotPlan {
    Index slots;
    Index rows_per_slot;  ///< a multiple of a kernel's block, or a part of one
};

/// At most 64 slots, fewer where their statistics would take more than about 48 MB. Statistics so large that not even 8
/// fit still get up to 8, so that threads find work.
inline Index most_slots(Index statistics_size) {
    constexpr Index budget = 48 * 1024 * 1024 / static_cast<Index>(sizeof(double));
    return std::clamp<Index>(budget / statistics_size, 8, 64);
}

/// Where there are few rows, slots take a quarter of a block each.
inline SlotPlan plan_slots(Index positions, Index block, Index statistics_size) {
    const Index most = most_slots(statistics_size);
    const auto slots_of = [&](Index rows) { return (positions + rows - 1) / rows; };
    const Index quarter = std::max(row_multiple, block / 4 / row_multiple * row_multiple);
    if (slots_of(quarter) <= most) return {slots_of(quarter), quarter};
    const Index rows_per_slot = (slots_of(block) + most - 1) / most * block;
    return {slots_of(rows_per_slot), rows_per_slot};
}

/// A pass with less arithmetic than this runs on the calling thread: waking others would take longer. Nor are there
/// more threads than slots.
inline int useful_threads(int threads, Index slots, Index positions, const ModelView &model) {
    const Index of_column = is_dense(model.family) ? model.features : 2 + 2 * model.rank;
    const double work = static_cast<double>(positions) * static_cast<double>(model.components) *
                        (8 + static_cast<double>(model.features) * static_cast<double>(of_column));
    return work < 2e5 ? 1 : static_cast<int>(std::clamp<Index>(threads, 1, std::max<Index>(1, slots)));
}

/// Room to work in, kept from one pass to the next and shared by passes that follow one another. Never shrinks.
template <class T>
class Workspace {
public:
    /// Everything that a pass needs is had before its threads begin, so that none of them runs out of memory.
    void reserve(Index statistics, int workers, Index scratch_per_worker) {
        constexpr Index line = 64 / sizeof(T);
        scratch_stride_ = (scratch_per_worker + line - 1) / line * line;
        grow(scratch_, workers * scratch_stride_ + line);
        grow(statistics_, statistics);
    }

    /// A worker's own scratch, aligned to 64 bytes.
    T *scratch(int worker) {
        const auto address = reinterpret_cast<std::uintptr_t>(scratch_.data());
        return reinterpret_cast<T *>((address + 63) / 64 * 64) + worker * scratch_stride_;
    }

    double *statistics() { return statistics_.data(); }

    ModelPacker<T> packer;

private:
    template <class Value>
    static void grow(std::vector<Value> &values, Index size) {
        if (static_cast<Index>(values.size()) < size) values.resize(static_cast<std::size_t>(size));
    }

    std::vector<T> scratch_;
    std::vector<double> statistics_;
    Index scratch_stride_ = 0;
};

/// What passes over one set of rows remember of it.
class PassMemory {
public:
    /// Moments are worth keeping only where they take less room than the rows.
    explicit PassMemory(bool keeps_moments = true) : keeps_moments_(keeps_moments) {}

    bool keeps_moments() const { return keeps_moments_; }

    /// What each slot remembers; forgotten when the rows are cut differently.
    SlotMemory *slots(Index count) {
        if (static_cast<Index>(slots_.size()) != count) slots_.assign(static_cast<std::size_t>(count), {});
        return slots_.data();
    }

    /// Forgets what was summed for a model of another shape, and counts the passes over this one.
    int passes_over(Family family, Index components, bool noise) {
        if (family != family_ || components != components_ || noise != noise_) {
            family_ = family;
            components_ = components;
            noise_ = noise;
            shared_scatter.clear();
            known = {};
            passes_ = 0;
        }
        return ++passes_;
    }

    /// A scatter that components share does not depend on the parameters: it is summed once.
    std::vector<double> shared_scatter;

    /// Nor do the moments of rows whose component is known. They are worth two passes over those rows from the third
    /// pass on: fits that need more have begun then.
    KnownMoments known;

private:
    bool keeps_moments_;
    std::vector<SlotMemory> slots_;
    Family family_{};
    Index components_ = 0;
    bool noise_ = false;
    int passes_ = 0;
};

/// The kernels of a model; those that complete rows, if told how.
template <class T>
const FamilyKernels<T> &kernels_for(const ModelView &model, const Completion *completion) {
    if constexpr (std::is_same_v<T, double>)
        if (completion != nullptr) return active_kernels().incomplete[static_cast<int>(model.family)];
    return active_kernels().template kernels<T>(model.family, model.features, model.degrees_of_freedom != nullptr);
}

namespace detail {

/// What a pass need not sum.
struct LeftOut {
    bool negligible, shared, known;
};

/// Sums the statistics of the rows in parallel, slot by slot.
template <class T>
void sum_statistics(const Rows<T> &rows, const ModelView &model, PassMemory &memory, Workspace<T> &workspace,
                    LeftOut left_out, int threads, Interruption &interruption, double *statistics,
                    const Completion *completion = nullptr) {
    const StatisticsLayout layout = model.layout();
    const Index size = layout.size();
    const SlotPlan plan = plan_slots(rows.positions, block_rows<T>(model.features), size);
    threads = useful_threads(threads, plan.slots, rows.positions, model);

    const FamilyKernels<T> &kernels = kernels_for<T>(model, completion);
    workspace.reserve(plan.slots * size, threads, kernels.scratch_size(model.shape(), model.components));
    if (active_kernels().calls_blas(model.family, model.features)) blas::require_room(threads);
    const PassTask<T> task{rows,
                           workspace.packer.pack(model, active_kernels().by_lanes(model.features)),
                           left_out.negligible,
                           left_out.shared,
                           left_out.known,
                           completion,
                           layout.noise,
                           layout.noise ? static_cast<T>(model.noise_log_density()) : T{},
                           layout.noise_mass()};
    double *partial = workspace.statistics();
    SlotMemory *slots = memory.slots(plan.slots);
    for_each_slot(plan.slots, threads, interruption, [&](Index slot, const Worker &worker) {
        const Index first = slot * plan.rows_per_slot, last = std::min(rows.positions, first + plan.rows_per_slot);
        std::fill(partial + slot * size, partial + (slot + 1) * size, 0.0);
        kernels.accumulate(task, first, last, partial + slot * size, slots[slot], workspace.scratch(worker.number),
                           worker);
    });

    constexpr Index piece = 1 << 14;
    for_each_slot((size + piece - 1) / piece, threads, interruption, [&](Index i, const Worker &) {
        const Index first = i * piece, last = std::min(size, first + piece);
        merge_slots(partial, plan.slots, size, first, last);
        std::copy(partial + first, partial + last, statistics + first);
    });
}

/// Sums the moments of the groups that may use a single component: first about the origin, to find where they lie,
/// then about their means.
template <class T>
void sum_known_moments(Rows<T> rows, ModelView model, PassMemory &memory, Workspace<T> &workspace, int threads,
                       Interruption &interruption) {
    std::vector<RowGroup> groups;
    for (const RowGroup *group = rows.groups; group != rows.groups + rows.group_count; ++group)
        if (has_one_component(*group, model.noise != nullptr)) groups.push_back(*group);
    if (groups.empty()) return;
    rows.groups = groups.data();
    rows.group_count = static_cast<Index>(groups.size());

    const StatisticsLayout layout = model.layout();
    std::vector<double> centres(static_cast<std::size_t>(model.components * model.features), 0.0);
    std::vector<double> statistics(static_cast<std::size_t>(layout.size()));
    model.means = centres.data();
    const LeftOut nothing_but_shared{false, true, false};
    sum_statistics(rows, model, memory, workspace, nothing_but_shared, threads, interruption, statistics.data());
    for (Index i = 0; i < model.components * model.features; ++i) {
        const double mass = statistics[layout.mass() + i / model.features];
        if (mass > 0) centres[i] = static_cast<double>(static_cast<T>(statistics[layout.first() + i] / mass));
    }
    sum_statistics(rows, model, memory, workspace, nothing_but_shared, threads, interruption, statistics.data());
    if (!interruption.stopped()) memory.known.assign(std::move(centres), std::move(statistics));
}

}  // namespace detail

/// The E step and its sufficient statistics (StatisticsLayout) over all rows, n x k responsibilities never stored.
///
/// The same to the last bit for any number of threads. Meaningless if `interruption` was stopped.
template <class T>
void expectation(const Rows<T> &rows, const ModelView &model, PassMemory &memory, Workspace<T> &workspace, bool prune,
                 int threads, Interruption &interruption, double *statistics) {
    const StatisticsLayout layout = model.layout();
    if (rows.positions == 0) {
        std::fill(statistics, statistics + layout.size(), 0.0);
        return;
    }
    if (model.degrees_of_freedom != nullptr || model.tables != nullptr) {
        // What rows weigh depends on the parameters, or their cells are to be summed: no moments can be kept.
        detail::sum_statistics(rows, model, memory, workspace, {prune, false, false}, threads, interruption,
                               statistics);
        return;
    }
    if (memory.passes_over(model.family, model.components, layout.noise) == 3 && memory.keeps_moments() &&
        !is_latent(model.family))
        detail::sum_known_moments(rows, model, memory, workspace, threads, interruption);
    std::vector<double> &scatter = memory.shared_scatter;
    // What is noise does not count in the scatter, and depends on the parameters.
    const bool keeps_scatter = is_shared(model.family) && !layout.noise;
    const bool shared_known = keeps_scatter && !scatter.empty(), known = memory.known.known();
    detail::sum_statistics(rows, model, memory, workspace, {prune, shared_known, known}, threads, interruption,
                           statistics);
    if (interruption.stopped()) return;
    if (known) memory.known.add(layout, workspace.packer.means(), statistics);
    if (shared_known)
        std::copy(scatter.begin(), scatter.end(), statistics + layout.second());
    else if (keeps_scatter)
        scatter.assign(statistics + layout.second(), statistics + layout.size());
}

/// log p(x, class) of every row. The groups of `rows` must let every row use every component.
template <class T>
void class_scores(const Rows<T> &rows, const ModelView &model, Workspace<T> &workspace, int threads,
                  Interruption &interruption, const ClassScores &scores, const Completion *completion = nullptr) {
    const SlotPlan plan = plan_slots(rows.positions, block_rows<T>(model.features), 1);
    threads = useful_threads(threads, plan.slots, rows.positions, model);
    const FamilyKernels<T> &kernels = kernels_for<T>(model, completion);
    workspace.reserve(0, threads, kernels.scratch_size(model.shape(), model.components));
    if (active_kernels().calls_blas(model.family, model.features)) blas::require_room(threads);
    const PassTask<T> task{
        rows, workspace.packer.pack(model, active_kernels().by_lanes(model.features)), false, true, true, completion};
    for_each_slot(plan.slots, threads, interruption, [&](Index slot, const Worker &worker) {
        const Index first = slot * plan.rows_per_slot, last = std::min(rows.positions, first + plan.rows_per_slot);
        kernels.score(task, first, last, scores, workspace.scratch(worker.number), worker);
    });
}

/// The class with the largest log p(x, class) of every row, the first among equals. Scores are never stored for more
/// than a block of rows.
template <class T>
void likeliest_classes(const Rows<T> &rows, const ModelView &model, Workspace<T> &workspace, int threads,
                       Interruption &interruption, const std::vector<Index> &class_first, std::int64_t *codes,
                       const Completion *completion = nullptr) {
    const auto classes = static_cast<Index>(class_first.size()) - 1;
    const Index block = block_rows<T>(model.features);
    const SlotPlan plan = plan_slots(rows.positions, block, 1);
    threads = useful_threads(threads, plan.slots, rows.positions, model);
    const FamilyKernels<T> &kernels = kernels_for<T>(model, completion);
    workspace.reserve(threads * block * classes, threads, kernels.scratch_size(model.shape(), model.components));
    if (active_kernels().calls_blas(model.family, model.features)) blas::require_room(threads);
    const PassTask<T> task{
        rows, workspace.packer.pack(model, active_kernels().by_lanes(model.features)), false, true, true, completion};
    for_each_slot(plan.slots, threads, interruption, [&](Index slot, const Worker &worker) {
        double *scores = workspace.statistics() + worker.number * block * classes;
        const Index end = std::min(rows.positions, (slot + 1) * plan.rows_per_slot);
        for (Index first = slot * plan.rows_per_slot; first < end && !worker.stop(); first += block) {
            const Index last = std::min(end, first + block);
            kernels.score(task, first, last, {scores, class_first.data(), classes, first},
                          workspace.scratch(worker.number), worker);
            for (Index position = first; position < last; ++position) {
                const double *row = scores + (position - first) * classes;
                codes[position] = std::max_element(row, row + classes) - row;
            }
        }
    });
}

}  // namespace semigen

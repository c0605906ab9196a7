// The algorithm that every covariance family shares: densities, responsibilities, statistics, block by block.
//
// A family is a class with
//   scratch_size(shape, components)              elements of scratch it takes
//   load(rows, first, block)                 the rows of a block, in the layout it wants
//   log_density(block, m, out, worker)       log pi_m p(x_r | m) for each row
//   has_bounds, and if so the rest of what log_densities_that_matter (survivors.hpp) needs
//   accumulate(block, m, responsibilities, statistics, worker)   the moments of component m
//   accumulate_shared(block, statistics)     moments that do not belong to a component, after the others
#pragma once

#include "semigen/simd/block.hpp"
#include "semigen/simd/cells.hpp"
#include "semigen/simd/elementary.hpp"
#include "semigen/simd/survivors.hpp"

namespace semigen::SEMIGEN_TARGET {

template <class T>
struct Evidence {
    Vector<T> value;      ///< log of the sum
    Vector<T> remainder;  ///< sum of exp(. - largest), at least 1
};

/// log-sum-exp over `count` rows of log_joint, `stride` apart; leaves exp(. - largest) behind, 0 below the cutoff.
template <class T>
inline Evidence<T> exponentiate(T *log_joint, Index count, Index stride, T cutoff) {
    Vector<T> largest = load(log_joint);
    for (Index m = 1; m < count; ++m) largest = larger<T>(largest, load(log_joint + m * stride));
    Vector<T> sum{};
    for (Index m = 0; m < count; ++m) {
        const Vector<T> ratio = exponential<T>(load(log_joint + m * stride) - largest, cutoff);
        store(log_joint + m * stride, ratio);
        sum += ratio;
    }
    return {largest + logarithm<T>(sum), sum};
}

/// Adds the responsibilities of a block, times weight, to the masses of their components.
template <class T>
inline void add_masses(const Block<T> &block, double *mass) {
    for (Index m = 0; m < block.last_component - block.first_component; ++m) {
        Vector<T> sum{};
        for (Index r = 0; r < block.padded; r += width<T>) sum += load(block.log_joint + m * block.stride + r);
        mass[block.first_component + m] += sum_of_lanes<T>(sum);
    }
}

/// Turns log p(x, m) into responsibilities times weight, adds them to the masses, returns the weighted log-likelihood.
template <class T>
inline double normalise(const Block<T> &block, T cutoff, double *mass) {
    const Index components = block.last_component - block.first_component;
    Vector<T> log_likelihood{};
    for (Index r = 0; r < block.padded; r += width<T>) {
        const Vector<T> weight = load(block.weights + r);
        const Evidence<T> evidence = exponentiate(block.log_joint + r, components, block.stride, cutoff);
        const Vector<T> share = weight / evidence.remainder;
        for (Index m = 0; m < components; ++m) {
            T *ratio = block.log_joint + m * block.stride + r;
            store(ratio, load(ratio) * share);
        }
        log_likelihood += weight * evidence.value;
    }
    add_masses(block, mass);
    return sum_of_lanes<T>(log_likelihood);
}

/// The least log prior of each row's classes: what a label that is not sure says of noise, which is of no class.
template <class T>
inline Vector<T> least_log_priors(const Block<T> &block, Index first) {
    T least[width<T>] = {};
    for (Index lane = 0; block.log_priors != nullptr && lane < width<T> && first + lane < block.count; ++lane) {
        const double *of_row = block.log_priors + (first + lane) * block.classes;
        double value = of_row[0];
        for (Index k = 1; k < block.classes; ++k) value = of_row[k] < value ? of_row[k] : value;
        least[lane] = value > -static_cast<double>(farthest<T>) ? static_cast<T>(value) : -farthest<T>;
    }
    return load(least);
}

/// The same for rows that may be noise, of this log density beside theirs (ModelView::noise_log_density): they weigh
/// less by the probability of that. Adds what is noise, and what may be, to `noise`.
template <class T>
inline double normalise_beside_noise(Block<T> &block, T cutoff, T noise_log_density, double *mass, double *noise) {
    const Index components = block.last_component - block.first_component;
    const Vector<T> zero{};
    Vector<T> log_likelihood{}, of_noise{}, total{};
    for (Index r = 0; r < block.padded; r += width<T>) {
        const Vector<T> weight = load(block.weights + r);
        const Evidence<T> evidence = exponentiate(block.log_joint + r, components, block.stride, cutoff);
        const Vector<T> other = noise_log_density + least_log_priors(block, r);
        const Vector<T> gap = other - evidence.value;
        // One of the two is 1.
        const Vector<T> by_components = exponential<T>(smaller<T>(-gap, zero), cutoff);
        const Vector<T> by_noise = exponential<T>(smaller<T>(gap, zero), cutoff);
        const Vector<T> sum = by_components + by_noise;
        const Vector<T> kept = weight * by_components / sum, share = kept / evidence.remainder;
        for (Index m = 0; m < components; ++m) {
            T *ratio = block.log_joint + m * block.stride + r;
            store(ratio, load(ratio) * share);
        }
        store(block.weights + r, kept);
        of_noise += weight * by_noise / sum;
        total += weight;
        log_likelihood += weight * (larger<T>(evidence.value, other) + logarithm<T>(sum));
    }
    add_masses(block, mass);
    noise[0] += sum_of_lanes<T>(of_noise);
    noise[1] += sum_of_lanes<T>(total);
    return sum_of_lanes<T>(log_likelihood);
}

/// The part of scratch that is not the family's own.
template <class T>
inline Index block_scratch_size(Index d, Index components) {
    const Index rows = block_stride<T>(d);
    return Scratch<T>::rounded(rows) + Scratch<T>::rounded(components * rows);
}

template <class T>
inline Block<T> make_block(const PassTask<T> &task, Scratch<T> &scratch) {
    const bool completes = task.completion != nullptr;
    const Index rows = completes ? completed_stride : block_stride<T>(task.model.features);
    T *weights = scratch.take(rows);
    return {0,
            0,
            0,
            0,
            weights,
            scratch.take(task.model.components * rows),
            rows,
            completes ? row_multiple : block_rows<T>(task.model.features),
            task.rows.component_class,
            task.rows.classes};
}

/// Visits the positions [first, last) block by block, never across groups.
template <template <class> class FamilyOf, class T, class Use>
inline void for_each_block(const PassTask<T> &task, Index first, Index last, T *memory, const Worker &worker, Use use) {
    Scratch<T> scratch(memory);
    Block<T> block = make_block(task, scratch);
    FamilyOf<T> family(task, scratch);
    for (Index g = 0; g < task.rows.group_count; ++g) {
        const RowGroup &group = task.rows.groups[g];
        const Index begin = group.first > first ? group.first : first;
        const Index end = group.last < last ? group.last : last;
        block.first_component = group.first_component;
        block.last_component = group.last_component;
        for (Index position = begin; position < end; position += block.capacity) {
            if (worker.stop()) return;
            block.count = end - position < block.capacity ? end - position : block.capacity;
            block.padded = padded_rows<T>(block.count);
            if (group.log_priors != nullptr)
                block.log_priors = group.log_priors + (position - group.first) * block.classes;
            else
                block.log_priors = nullptr;
            family.load(task.rows, position, block);
            use(family, block, group, position);
        }
    }
}

/// The weighted log-likelihood of a block whose rows belong to one component.
template <class T>
inline double known_log_likelihood(const Block<T> &block) {
    Vector<T> sum{};
    for (Index r = 0; r < block.padded; r += width<T>) sum += load(block.weights + r) * load(block.log_joint + r);
    return sum_of_lanes<T>(sum);
}

template <template <class> class FamilyOf, class T>
void accumulate(const PassTask<T> &task, Index first, Index last, double *statistics, SlotMemory &slot, T *scratch,
                const Worker &worker) {
    const T cutoff = task.prune ? negligible_log_ratio<T> : FloatFormat<T>::smallest_exponent;
    const Index noise_mass = task.noise_mass;
    const auto add = [&](auto &family, Block<T> &block, const RowGroup &group, Index position) {
        load_weights(task.rows, group, position, block);
        // Bounds on densities of numbers say nothing of the cells.
        if (task.prune && task.model.tables == nullptr)
            log_densities_that_matter(family, block, slot, worker);
        else
            log_densities(family, block, worker);
        add_cell_densities(task, block, position);
        if (task.known_moments && has_one_component(group, task.noise)) {
            statistics[0] += known_log_likelihood(block);
        } else {
            if (task.noise && group.may_be_noise)
                statistics[0] += normalise_beside_noise(block, cutoff, task.noise_log_density, statistics + 1,
                                                        statistics + noise_mass);
            else
                statistics[0] += normalise(block, cutoff, statistics + 1);
            for (Index m = block.first_component; m < block.last_component; ++m)
                family.accumulate(block, m, block.log_joint_of(m), statistics, worker);
            add_cell_sums(task, block, position, statistics);
        }
        if (!task.shared_known) family.accumulate_shared(block, statistics);
    };
    for_each_block<FamilyOf>(task, first, last, scratch, worker, add);
}

template <template <class> class FamilyOf, class T>
void score(const PassTask<T> &task, Index first, Index last, const ClassScores &scores, T *memory,
           const Worker &worker) {
    for_each_block<FamilyOf>(
        task, first, last, memory, worker, [&](auto &family, Block<T> &block, const RowGroup &, Index position) {
            log_densities(family, block, worker);
            add_cell_densities(task, block, position);
            for (Index k = 0; k < scores.classes; ++k) {
                const Index m = scores.class_first[k], count = scores.class_first[k + 1] - m;
                T *log_joint = block.log_joint + m * block.stride;
                if (count > 1)
                    for (Index r = 0; r < block.padded; r += width<T>)
                        store(
                            log_joint + r,
                            exponentiate(log_joint + r, count, block.stride, FloatFormat<T>::smallest_exponent).value);
                for (Index r = 0; r < block.count; ++r)
                    scores.values[(position - scores.first + r) * scores.classes + k] = log_joint[r];
            }
        });
}

template <template <class> class FamilyOf, class T>
Index scratch_size(Shape shape, Index components) {
    return block_scratch_size<T>(shape.features, components) + FamilyOf<T>::scratch_size(shape, components);
}

template <template <class> class FamilyOf, class T>
constexpr FamilyKernels<T> kernels_of() {
    return {accumulate<FamilyOf, T>, score<FamilyOf, T>, scratch_size<FamilyOf, T>};
}

}  // namespace semigen::SEMIGEN_TARGET

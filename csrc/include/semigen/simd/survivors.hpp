// Log densities of the components that can matter to a row; a bound is enough for the others.
//
// The squares in |P (x - mu)|^2 only add up: with P lower triangular, the first half of them costs a quarter of the
// arithmetic and bounds a log density from above. The most promising component of every row is completed first; then
// only those that still come within the cutoff of it.
#pragma once

#include "semigen/simd/block.hpp"
#include "semigen/simd/elementary.hpp"
#include "semigen/simd/selection.hpp"

namespace semigen::SEMIGEN_TARGET {

/// What the search for survivors writes down for the rows of a block.
template <class T>
struct Survivors {
    T *reached;          ///< per row, the log density of its most promising component
    std::int32_t *best;  ///< per row, that component's number within its group
    std::int32_t *list;  ///< scratch for row numbers

    static Index scratch_size(Index rows) { return 3 * Scratch<T>::rounded(rows); }

    Survivors(Scratch<T> &scratch, Index rows)
        : reached(scratch.take(rows)), best(reinterpret_cast<std::int32_t *>(scratch.take(rows))),
          list(reinterpret_cast<std::int32_t *>(scratch.take(rows))) {}
};

/// Names each row's most promising component by the bounds in block.log_joint.
template <class T>
inline void find_best(const Block<T> &block, Survivors<T> &survivors) {
    for (Index r = 0; r < block.padded; ++r) {
        survivors.best[r] = 0;
        survivors.reached[r] = block.log_joint[r];
    }
    for (Index m = 1; m < block.last_component - block.first_component; ++m) {
        const T *bound = block.log_joint + m * block.stride;
        for (Index r = 0; r < block.padded; ++r) {
            const bool better = bound[r] > survivors.reached[r];
            survivors.reached[r] = better ? bound[r] : survivors.reached[r];
            survivors.best[r] = better ? static_cast<std::int32_t>(m) : survivors.best[r];
        }
    }
}

/// Fills block.log_joint with all log densities.
template <class FamilyKernel, class T>
inline void log_densities(FamilyKernel &family, const Block<T> &block, const Worker &worker) {
    for (Index m = block.first_component; m < block.last_component; ++m) {
        family.log_density(block, m, block.log_joint_of(m), worker);
        add_log_priors(block, m, block.log_joint_of(m));
    }
}

/// Fills block.log_joint with log densities where they come within negligible_log_ratio of the row's largest, and with
/// upper bounds, which are below that, elsewhere.
///
/// A family with bounds has bound(block, m, out), an upper bound for every row; complete(block, m, list, out), which
/// turns the bounds of the listed rows into densities; and `survivors`.
template <class FamilyKernel, class T>
inline void log_densities_that_matter(FamilyKernel &family, const Block<T> &block, SlotMemory &slot,
                                      const Worker &worker) {
    if constexpr (FamilyKernel::has_bounds) {
        Survivors<T> &survivors = family.survivors;
        const Index first = block.first_component, components = block.last_component - first;
        const bool try_bounds = slot.blocks_without_bounds == 0 || --slot.blocks_without_bounds == 0;
        if (family.bounds_pay() && components > 1 && try_bounds) {
            for (Index m = first; m < block.last_component; ++m) {
                family.bound(block, m, block.log_joint_of(m));
                add_log_priors(block, m, block.log_joint_of(m));
            }
            find_best(block, survivors);
            Index completed = 0;
            const auto complete = [&](Index m, auto chosen) {
                const RowList rows = list_rows(block.count, row_multiple, survivors.list, chosen);
                if (rows.count > 0) family.complete(block, m, rows, block.log_joint_of(m));
                completed += rows.count;
            };
            for (Index m = first; m < block.last_component; ++m) {
                const T *log_joint = block.log_joint_of(m);
                complete(m, [&](Index r) { return survivors.best[r] == m - first; });
                for (Index r = 0; r < block.padded; ++r)
                    survivors.reached[r] = survivors.best[r] == m - first ? log_joint[r] : survivors.reached[r];
            }
            for (Index m = first; m < block.last_component; ++m) {
                const T *bound = block.log_joint_of(m);
                complete(m, [&](Index r) {
                    return (survivors.best[r] != m - first) &
                           (bound[r] > survivors.reached[r] + negligible_log_ratio<T>);
                });
            }
            if (2 * completed > block.count * components) slot.blocks_without_bounds = 32;
            return;
        }
    }
    log_densities(family, block, worker);
}

}  // namespace semigen::SEMIGEN_TARGET

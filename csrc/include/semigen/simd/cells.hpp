// Columns that are no numbers: log densities of the cells of rows (views.hpp), read from a table, and their sums.
//
// Components lie side by side in the tables, so that a row's cells are added for several components at a time: the
// arithmetic of a pass grows with the number of cells, whatever the number of columns that words or counts make.
#pragma once

#include "semigen/simd/block.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Calls use(a compile-time number of components, their first) for tiles that cover the components of a block.
template <class Use>
inline void for_each_tile(Index components, Use use) {
    const auto at_most = [&](auto self, auto size, Index first) -> void {
        constexpr Index count = decltype(size)::value;
        if (components - first >= count)
            use(size, first);
        else if constexpr (count > 1)
            self(self, std::integral_constant<Index, count - 1>{}, first);
    };
    constexpr Index widest = 8;
    for (Index first = 0; first < components; first += widest)
        at_most(at_most, std::integral_constant<Index, widest>{}, first);
}

inline double times_of(const Cells &cells, std::int64_t i) { return cells.times == nullptr ? 1.0 : cells.times[i]; }

/// Adds the log densities of each row's cells to block.log_joint.
template <class T>
inline void add_cell_densities(const PassTask<T> &task, const Block<T> &block, Index position) {
    if (task.model.tables == nullptr) return;
    const Cells &cells = task.rows.cells;
    const auto add = [&](auto size, Index first) {
        constexpr Index count = decltype(size)::value;
        const T *table = task.model.tables + block.first_component + first;
        for (Index r = 0; r < block.count; ++r) {
            const Index row = row_at(task.rows, position + r);
            T sums[count] = {};
            for (std::int64_t i = cells.first[row]; i < cells.first[row + 1]; ++i) {
                const T *densities = table + cells.numbers[i] * task.model.components;
                const T times = static_cast<T>(times_of(cells, i));
                for (Index m = 0; m < count; ++m) sums[m] += times * densities[m];
            }
            for (Index m = 0; m < count; ++m) block.log_joint[(first + m) * block.stride + r] += sums[m];
        }
    };
    for_each_tile(block.last_component - block.first_component, add);
}

/// Adds the responsibilities in block.log_joint to the sums of each row's cells.
template <class T>
inline void add_cell_sums(const PassTask<T> &task, const Block<T> &block, Index position, double *statistics) {
    if (task.model.tables == nullptr) return;
    const Cells &cells = task.rows.cells;
    double *sums = statistics + task.model.cell_sums + block.first_component;
    const auto add = [&](auto size, Index first) {
        constexpr Index count = decltype(size)::value;
        for (Index r = 0; r < block.count; ++r) {
            const Index row = row_at(task.rows, position + r);
            double shares[count];
            for (Index m = 0; m < count; ++m) shares[m] = block.log_joint[(first + m) * block.stride + r];
            for (std::int64_t i = cells.first[row]; i < cells.first[row + 1]; ++i) {
                double *into = sums + first + cells.numbers[i] * task.model.components;
                const double times = times_of(cells, i);
                for (Index m = 0; m < count; ++m) into[m] += times * shares[m];
            }
        }
    };
    for_each_tile(block.last_component - block.first_component, add);
}

}  // namespace semigen::SEMIGEN_TARGET

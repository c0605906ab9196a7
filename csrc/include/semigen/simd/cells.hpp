// Columns that are no numbers: log densities of the cells of rows (views.hpp), read from a table, and their sums.
//
// Components lie side by side in the tables, so that a row's cells are added for several components at a time: the
// arithmetic of a pass grows with the number of cells, whatever the number of columns that words or counts make.
#pragma once

#include <cstring>

#include "semigen/simd/block.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Numbers of so many neighbouring components: a vector of the largest power of two that fits, up to 8, then the rest.
template <class T, Index count>
struct Neighbours {
    static constexpr Index head = count >= 8 ? 8 : count >= 4 ? 4 : count >= 2 ? 2 : 1;
    typedef T Head __attribute__((vector_size(head * sizeof(T))));
    Head values{};
    Neighbours<T, count - head> rest{};

    [[gnu::always_inline]] inline void load(const T *from) {
        std::memcpy(&values, from, sizeof(Head));
        rest.load(from + head);
    }
    [[gnu::always_inline]] inline void store(T *into) const {
        std::memcpy(into, &values, sizeof(Head));
        rest.store(into + head);
    }
    [[gnu::always_inline]] inline void add(const Neighbours &other, T times) {
        values += other.values * times;
        rest.add(other.rest, times);
    }
};

template <class T>
struct Neighbours<T, 0> {
    void load(const T *) {}
    void store(T *) const {}
    void add(const Neighbours &, T) {}
};

/// Calls use(a compile-time number of components, their first) for tiles that cover so many.
template <class Use>
inline void for_each_tile(Index components, Use use) {
    const auto at_most = [&](auto self, auto size, Index first) -> void {
        constexpr Index count = decltype(size)::value;
        if (components - first >= count)
            use(size, first);
        else if constexpr (count > 1)
            self(self, std::integral_constant<Index, count - 1>{}, first);
    };
    constexpr Index widest = 16;
    for (Index first = 0; first < components; first += widest)
        at_most(at_most, std::integral_constant<Index, widest>{}, first);
}

/// Calls use(cell, how often the row has it) for the cells of a row.
template <class Use>
[[gnu::always_inline]] inline void for_each_cell(const Cells &cells, Index row, Use use) {
    const std::int64_t first = cells.first[row], last = cells.first[row + 1];
    if (cells.times == nullptr)
        for (std::int64_t i = first; i < last; ++i) use(cells.numbers[i], 1.0);
    else
        for (std::int64_t i = first; i < last; ++i) use(cells.numbers[i], cells.times[i]);
}

/// Adds the log densities of each row's cells to block.log_joint.
template <class T>
inline void add_cell_densities(const PassTask<T> &task, const Block<T> &block, Index position) {
    if (task.model.tables == nullptr) return;
    const auto add = [&](auto size, Index first) {
        constexpr Index count = decltype(size)::value;
        const T *table = task.model.tables + block.first_component + first;
        for (Index r = 0; r < block.count; ++r) {
            Neighbours<T, count> sums{}, densities;
            for_each_cell(task.rows.cells, row_at(task.rows, position + r), [&](std::int32_t cell, double times) {
                densities.load(table + cell * task.model.components);
                sums.add(densities, static_cast<T>(times));
            });
            T found[count];
            sums.store(found);
            for (Index m = 0; m < count; ++m) block.log_joint[(first + m) * block.stride + r] += found[m];
        }
    };
    for_each_tile(block.last_component - block.first_component, add);
}

/// Adds the responsibilities in block.log_joint to the sums of each row's cells.
template <class T>
inline void add_cell_sums(const PassTask<T> &task, const Block<T> &block, Index position, double *statistics) {
    if (task.model.tables == nullptr) return;
    double *sums = statistics + task.model.cell_sums + block.first_component;
    const auto add = [&](auto size, Index first) {
        constexpr Index count = decltype(size)::value;
        for (Index r = 0; r < block.count; ++r) {
            double shares[count];
            for (Index m = 0; m < count; ++m) shares[m] = block.log_joint[(first + m) * block.stride + r];
            Neighbours<double, count> of_row, of_cell;
            of_row.load(shares);
            for_each_cell(task.rows.cells, row_at(task.rows, position + r), [&](std::int32_t cell, double times) {
                double *into = sums + first + cell * task.model.components;
                of_cell.load(into);
                of_cell.add(of_row, times);
                of_cell.store(into);
            });
        }
    };
    for_each_tile(block.last_component - block.first_component, add);
}

}  // namespace semigen::SEMIGEN_TARGET

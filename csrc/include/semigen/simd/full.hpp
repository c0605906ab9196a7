// `full`: every component has a covariance of its own. For dimensions in which a block of rows stays in the caches.
#pragma once

#include "semigen/simd/block.hpp"
#include "semigen/simd/scatter.hpp"
#include "semigen/simd/triangular.hpp"

namespace semigen::SEMIGEN_TARGET {

/// A column less its mean, and the same for listed rows only.
template <class T>
struct Centred {
    const T *column;
    T mean;
    Vector<T> lanes(Index r) const { return load(column + r) - mean; }
};

template <class T>
struct GatheredCentred {
    const T *column;
    const std::int32_t *rows;
    T mean;
    Vector<T> lanes(Index i) const { return gather(column, rows + i) - mean; }
};

/// out = constant - 1/2 |P x|^2 for a tile of rows, over the outputs [begin, end) of P; the sums stay in registers.
template <class T>
inline void write_log_density(const T *factor, Index begin, Index end, const T *x, T constant, T *out) {
    Vector<T> distance[tile_vectors<T>] = {};
    multiply_packed(factor, begin, end, x, tile_rows<T>, [&](const auto &tile, Index) {
        for (const auto &output : tile.value)
#pragma GCC unroll 4
            for (int v = 0; v < tile_vectors<T>; ++v) distance[v] += output[v] * output[v];
    });
#pragma GCC unroll 4
    for (int v = 0; v < tile_vectors<T>; ++v) store(out + v * width<T>, log_density_at(constant, distance[v]));
}

/// add_moments, over listed rows only where enough of them have no responsibility. column_at(j) and gathered_at(j,
/// rows) are a column of all rows and of those; `list` and `weights` have room for all.
template <class T, class ColumnAt, class GatheredAt>
inline void add_moments_that_matter(Index d, Index rows, bool prune, const T *responsibilities, std::int32_t *list,
                                    T *weights, const ScatterScratch<T> &scratch, const ColumnAt &column_at,
                                    const GatheredAt &gathered_at, double *first, double *second) {
    const Index matter = prune ? count_positive(responsibilities, rows) : rows;
    if (!worth_gathering(matter, rows, d)) {
        add_moments(d, rows, responsibilities, column_at, scratch, first, second);
        return;
    }
    const RowList listed = list_rows(rows, width<T>, list, [&](Index r) { return responsibilities[r] > 0; });
    const Index padded = (listed.count + width<T> - 1) / width<T> * width<T>;
    for (Index i = 0; i < padded; ++i) weights[i] = i < listed.count ? responsibilities[listed.rows[i]] : 0;
    add_moments(d, padded, weights, [&](Index j) { return gathered_at(j, listed.rows); }, scratch, first, second);
}

template <class T>
class Full {
public:
    static constexpr bool has_bounds = true;

    static Index scratch_size(Shape shape, Index) {
        const Index d = shape.features;
        const Index rows = block_stride<T>(d);
        return Survivors<T>::scratch_size(rows) + Scratch<T>::rounded(d * rows) +
               Scratch<T>::rounded(d * tile_rows<T>) + Scratch<T>::rounded(rows) + ScatterScratch<T>::size(d);
    }

    Full(const PassTask<T> &task, Scratch<T> &scratch)
        : survivors(scratch, block_stride<T>(task.model.features)), model_(task.model), prune_(task.prune),
          columns_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          centred_(scratch.take(task.model.features * tile_rows<T>)),
          weights_(scratch.take(block_stride<T>(task.model.features))), scatter_(scratch, task.model.features) {}

    void load(const Rows<T> &rows, Index first, const Block<T> &block) { load_by_column(rows, first, block, columns_); }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        partial_log_density(block, m, model_.features, out);
    }

    /// Whether half a distance can exclude enough components to pay for what it does twice.
    bool bounds_pay() const { return model_.features >= 32; }

    void bound(const Block<T> &block, Index m, T *out) { partial_log_density(block, m, outputs_of_bound(), out); }

    void complete(const Block<T> &block, Index m, const RowList &list, T *out) {
        const Index d = model_.features;
        const T *mean = model_.means + m * d;
        for (Index i = 0; i < list.count; i += tile_rows<T>) {
            const std::int32_t *rows = list.rows + i;
            for (Index j = 0; j < d; ++j)
                write_tile(GatheredCentred<T>{columns_ + j * block.stride, rows, mean[j]}, 0, j);
            T rest[tile_rows<T>];
            write_log_density<T>(factor(m), outputs_of_bound(), d, centred_, 0, rest);
            for (Index r = 0; r < tile_rows<T> && i + r < list.count; ++r) out[rows[r]] += rest[r];
        }
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        const Index d = model_.features, stride = block.stride;
        const StatisticsLayout layout{Family::full, model_.components, d, 0};
        const T *mean = model_.means + m * d;
        double *first = statistics + layout.first() + m * d;
        double *second = statistics + layout.second() + m * layout.second_size();
        add_moments_that_matter(
            d, block.padded, prune_, responsibilities, survivors.list, weights_, scatter_,
            [&](Index j) { return Centred<T>{columns_ + j * stride, mean[j]}; },
            [&](Index j, const std::int32_t *rows) { return GatheredCentred<T>{columns_ + j * stride, rows, mean[j]}; },
            first, second);
    }

    void accumulate_shared(const Block<T> &, double *) {}

    Survivors<T> survivors;

private:
    /// Column j of the tile whose first row, or entry of a list, is `begin`.
    template <class Column>
    void write_tile(const Column &column, Index begin, Index j) {
#pragma GCC unroll 4
        for (Index r = 0; r < tile_rows<T>; r += width<T>)
            store(centred_ + j * tile_rows<T> + r, column.lanes(begin + r));
    }

    const T *factor(Index m) const { return model_.factors + m * model_.factor_stride; }

    Index outputs_of_bound() const { return model_.features / (2 * tile_outputs) * tile_outputs; }

    /// The log density as far as the first outputs of P x tell: an upper bound, exact with all of them.
    void partial_log_density(const Block<T> &block, Index m, Index outputs, T *out) {
        const T *mean = model_.means + m * model_.features;
        for (Index r = 0; r < block.padded; r += tile_rows<T>) {
            for (Index j = 0; j < outputs; ++j) write_tile(Centred<T>{columns_ + j * block.stride, mean[j]}, r, j);
            write_log_density(factor(m), 0, outputs, centred_, model_.log_constants[m], out + r);
        }
    }

    const PackedModel<T> &model_;
    const bool prune_;
    T *columns_;  ///< of the block
    T *centred_;  ///< of a tile
    T *weights_;  ///< of the rows that matter to a component
    ScatterScratch<T> scatter_;
};

}  // namespace semigen::SEMIGEN_TARGET

// `full`: every component has a covariance of its own. For dimensions in which a block of rows stays in the caches.
#pragma once

#include "semigen/simd/block.hpp"
#include "semigen/simd/triangular.hpp"

namespace semigen::SEMIGEN_TARGET {

/// out[r] = constant - 1/2 |P x_r|^2 with P packed, tile by tile so that sums of squares stay in registers.
template <class T>
inline void triangular_log_density(const T *factor, Index d, T constant, const T *x, Index stride, Index rows, T *out) {
    for (Index r = 0; r < rows; r += tile_rows<T>) {
        Vector<T> distance[tile_vectors<T>] = {};
        multiply_packed(factor, d, x + r, stride, [&](const auto &tile, Index) {
            for (const auto &output : tile.value)
#pragma GCC unroll 4
                for (int v = 0; v < tile_vectors<T>; ++v) distance[v] += output[v] * output[v];
        });
#pragma GCC unroll 4
        for (int v = 0; v < tile_vectors<T>; ++v) store(out + r + v * width<T>, log_density_at(constant, distance[v]));
    }
}

template <class T>
inline void subtract_mean(const T *columns, const T *mean, Index d, Index stride, Index rows, T *centred) {
    for (Index j = 0; j < d; ++j)
        for (Index r = 0; r < rows; r += width<T>)
            store(centred + j * stride + r, load(columns + j * stride + r) - mean[j]);
}

template <class T>
class Full {
public:
    static Index scratch_size(Index d, Index) {
        const Index rows = block_stride<T>(d);
        return 2 * Scratch<T>::rounded(d * rows) + Scratch<T>::rounded(scatter_tile * rows);
    }

    Full(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.model), columns_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          centred_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          weighted_(scratch.take(scatter_tile * block_stride<T>(task.model.features))) {}

    void load(const Rows<T> &rows, Index first, const Block<T> &block) {
        load_by_column(rows, first, block, columns_);
        centred_on_ = -1;
    }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        centre_on(block, m);
        triangular_log_density(model_.factors + m * model_.factor_stride, model_.features, model_.log_constants[m],
                               centred_, block.stride, block.padded, out);
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        const Index d = model_.features;
        const StatisticsLayout layout{Family::full, model_.components, d};
        centre_on(block, m);
        add_moments(centred_, d, block.stride, block.padded, responsibilities, weighted_,
                    statistics + layout.first() + m * d, statistics + layout.second() + m * layout.second_size());
    }

    void accumulate_shared(const Block<T> &, double *) {}

private:
    void centre_on(const Block<T> &block, Index m) {
        if (centred_on_ == m) return;
        subtract_mean(columns_, model_.means + m * model_.features, model_.features, block.stride, block.padded,
                      centred_);
        centred_on_ = m;
    }

    const PackedModel<T> &model_;
    T *columns_, *centred_, *weighted_;
    Index centred_on_ = -1;
};

}  // namespace semigen::SEMIGEN_TARGET

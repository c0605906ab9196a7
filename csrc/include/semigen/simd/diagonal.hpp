// `diag` and `spherical`: no correlations, so a component costs a handful of operations per value.
#pragma once

#include "semigen/simd/block.hpp"

namespace semigen::SEMIGEN_TARGET {

/// `diag` has an inverse standard deviation per column, `spherical` one for all; nothing else differs.
template <class T, Family family>
class Diagonal {
    static_assert(family == Family::diag || family == Family::spherical);

public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Index d, Index) { return Scratch<T>::rounded(d * block_stride<T>(d)); }

    Diagonal(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.model), columns_(scratch.take(task.model.features * block_stride<T>(task.model.features))) {}

    void load(const Rows<T> &rows, Index first, const Block<T> &block) { load_by_column(rows, first, block, columns_); }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        const T *mean = model_.whitened_means + m * model_.features;
        const T *factor = model_.factors + m * model_.factor_stride;
        const T constant = model_.log_constants[m];
        for (Index r = 0; r < block.padded; r += vectors * width<T>) {
            Vector<T> distance[vectors] = {};
            for (Index j = 0; j < model_.features; ++j) {
                const T *x = columns_ + j * block.stride + r;
                const T scale = family == Family::diag ? factor[j] : factor[0];
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v) {
                    const Vector<T> deviation = SEMIGEN_TARGET::load(x + v * width<T>) * scale - mean[j];
                    distance[v] += deviation * deviation;
                }
            }
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) store(out + r + v * width<T>, log_density_at(constant, distance[v]));
        }
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        Index j = 0;
        for (; j + columns_at_once <= model_.features; j += columns_at_once)
            accumulate_columns<columns_at_once>(block, m, j, responsibilities, statistics);
        for (; j < model_.features; ++j) accumulate_columns<1>(block, m, j, responsibilities, statistics);
    }

    void accumulate_shared(const Block<T> &, double *) {}

private:
    /// Sums in flight, so that they need not wait for one another.
    static constexpr int vectors = row_multiple / width<T> < 4 ? row_multiple / width<T> : 4, columns_at_once = 4;

    template <int Columns>
    void accumulate_columns(const Block<T> &block, Index m, Index j, const T *responsibilities, double *statistics) {
        const Index d = model_.features;
        const StatisticsLayout layout{family, model_.components, d};
        const T *mean = model_.means + m * d + j, *column = columns_ + j * block.stride;
        Vector<T> sum[Columns] = {}, squares[Columns] = {};
        for (Index r = 0; r < block.padded; r += width<T>) {
            const Vector<T> responsibility = SEMIGEN_TARGET::load(responsibilities + r);
#pragma GCC unroll 4
            for (int a = 0; a < Columns; ++a) {
                const Vector<T> deviation = SEMIGEN_TARGET::load(column + a * block.stride + r) - mean[a];
                const Vector<T> weighted = responsibility * deviation;
                sum[a] += weighted;
                squares[a] += weighted * deviation;
            }
        }
        double *first = statistics + layout.first() + m * d + j;
        double *second = statistics + layout.second() + m * layout.second_size() + (family == Family::diag ? j : 0);
#pragma GCC unroll 4
        for (int a = 0; a < Columns; ++a) {
            first[a] += sum_of_lanes<T>(sum[a]);
            second[family == Family::diag ? a : 0] += sum_of_lanes<T>(squares[a]);
        }
    }

    const PackedModel<T> &model_;
    T *columns_;
};

}  // namespace semigen::SEMIGEN_TARGET

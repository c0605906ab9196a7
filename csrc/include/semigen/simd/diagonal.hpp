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
        const T *mean = model_.means + m * model_.features, *factor = model_.factors + m * model_.factor_stride;
        const T constant = model_.log_constants[m];
        for (Index r = 0; r < block.padded; r += 2 * width<T>) {
            Vector<T> distance[2] = {};
            for (Index j = 0; j < model_.features; ++j) {
                const T *x = columns_ + j * block.stride + r;
                const T scale = family == Family::diag ? factor[j] : factor[0];
#pragma GCC unroll 2
                for (int v = 0; v < 2; ++v) {
                    const Vector<T> deviation = (SEMIGEN_TARGET::load(x + v * width<T>) - mean[j]) * scale;
                    distance[v] += deviation * deviation;
                }
            }
#pragma GCC unroll 2
            for (int v = 0; v < 2; ++v) store(out + r + v * width<T>, log_density_at(constant, distance[v]));
        }
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        const Index d = model_.features;
        const StatisticsLayout layout{family, model_.components, d};
        const T *mean = model_.means + m * d;
        double *first = statistics + layout.first() + m * d;
        double *second = statistics + layout.second() + m * layout.second_size();
        for (Index j = 0; j < d; ++j) {
            Vector<T> sum{}, squares{};
            for (Index r = 0; r < block.padded; r += width<T>) {
                const Vector<T> deviation = SEMIGEN_TARGET::load(columns_ + j * block.stride + r) - mean[j];
                const Vector<T> weighted = SEMIGEN_TARGET::load(responsibilities + r) * deviation;
                sum += weighted;
                squares += weighted * deviation;
            }
            first[j] += sum_of_lanes<T>(sum);
            second[family == Family::diag ? j : 0] += sum_of_lanes<T>(squares);
        }
    }

    void accumulate_shared(const Block<T> &, double *) {}

private:
    const PackedModel<T> &model_;
    T *columns_;
};

}  // namespace semigen::SEMIGEN_TARGET

// `full` in so few columns that a row's products stay in registers from the deviations to the sums.
#pragma once

#include "semigen/simd/block.hpp"

namespace semigen::SEMIGEN_TARGET {

template <class T, int Columns>
class FewColumns {
    static_assert(Columns <= tile_outputs, "the packed factor is a single tile");

public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Shape, Index) { return Scratch<T>::rounded(Columns * block_stride<T>(Columns)); }

    FewColumns(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.model), columns_(scratch.take(Columns * block_stride<T>(Columns))) {}

    void load(const Rows<T> &rows, Index first, const Block<T> &block) { load_by_column(rows, first, block, columns_); }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        T mean[Columns], factor[Columns][Columns];
        for (int i = 0; i < Columns; ++i) {
            mean[i] = model_.means[m * Columns + i];
            for (int j = 0; j <= i; ++j) factor[i][j] = model_.factors[m * model_.factor_stride + j * Columns + i];
        }
        const T constant = model_.log_constants[m];
        for (Index r = 0; r < block.padded; r += width<T>) {
            Vector<T> deviation[Columns], distance{};
#pragma GCC unroll 4
            for (int i = 0; i < Columns; ++i) {
                deviation[i] = SEMIGEN_TARGET::load(columns_ + i * block.stride + r) - mean[i];
                Vector<T> whitened = deviation[0] * factor[i][0];
#pragma GCC unroll 4
                for (int j = 1; j <= i; ++j) whitened += deviation[j] * factor[i][j];
                distance += whitened * whitened;
            }
            store(out + r, log_density_at(constant, distance));
        }
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        const StatisticsLayout layout{Family::full, model_.components, Columns, 0};
        T mean[Columns];
        for (int i = 0; i < Columns; ++i) mean[i] = model_.means[m * Columns + i];
        Vector<T> sum[Columns] = {}, products[triangle(Columns)] = {};
        for (Index r = 0; r < block.padded; r += width<T>) {
            const Vector<T> responsibility = SEMIGEN_TARGET::load(responsibilities + r);
            Vector<T> deviation[Columns];
#pragma GCC unroll 4
            for (int i = 0; i < Columns; ++i) {
                deviation[i] = SEMIGEN_TARGET::load(columns_ + i * block.stride + r) - mean[i];
                const Vector<T> weighted = responsibility * deviation[i];
                sum[i] += weighted;
#pragma GCC unroll 4
                for (int j = 0; j <= i; ++j) products[triangle(i) + j] += weighted * deviation[j];
            }
        }
        double *first = statistics + layout.first() + m * Columns;
        double *second = statistics + layout.second() + m * layout.second_size();
#pragma GCC unroll 4
        for (int i = 0; i < Columns; ++i) first[i] += sum_of_lanes<T>(sum[i]);
        for (Index p = 0; p < triangle(Columns); ++p) second[p] += sum_of_lanes<T>(products[p]);
    }

    void accumulate_shared(const Block<T> &, double *) {}

private:
    const PackedModel<T> &model_;
    T *columns_;
};

}  // namespace semigen::SEMIGEN_TARGET

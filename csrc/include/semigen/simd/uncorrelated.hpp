// Columns without correlations: a component costs a handful of operations per value.
#pragma once

#include "semigen/simd/block.hpp"
#include "semigen/simd/missing_values.hpp"

namespace semigen::SEMIGEN_TARGET {

/// `by_column` is for an inverse standard deviation of each column, else one is for all; `shared` for a covariance that
/// components share, so that second moments are summed for all of them, about the origin. Nothing else differs.
///
/// `incomplete` is for rows in which NaN stands for missing values: such a column is expected at the mean with its
/// variance. Shared second moments are then about the means (see incomplete_pass.hpp).
template <class T, bool by_column, bool shared, bool incomplete>
class Variances {
    static_assert(!(by_column && shared), "nobody sums squares by column for all components yet");

public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Shape shape, Index components) {
        return Scratch<T>::rounded(shape.features * block_stride<T>(shape.features)) +
               (incomplete ? Scratch<T>::rounded(components * shape.features) : 0);
    }

    Variances(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.model), columns_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          missing_(incomplete ? scratch.take(task.model.components * task.model.features) : nullptr) {
        if constexpr (incomplete)
            for (Index m = 0; m < model_.components; ++m)
                distances_of_missing(model_.factors + m * model_.factor_stride, columns_of_factor(),
                                     missing_ + m * columns_of_factor());
    }

    void load(const Rows<T> &rows, Index first, const Block<T> &block) { load_by_column(rows, first, block, columns_); }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        const T *mean = model_.whitened_means + m * model_.features;
        const T *factor = model_.factors + m * model_.factor_stride;
        const T constant = model_.log_constants[m];
        [[maybe_unused]] const T *missing = incomplete ? missing_ + m * columns_of_factor() : nullptr;
        for (Index r = 0; r < block.padded; r += vectors * width<T>) {
            Vector<T> distance[vectors] = {};
            for (Index j = 0; j < model_.features; ++j) {
                const T *x = columns_ + j * block.stride + r;
                const T scale = by_column ? factor[j] : factor[0];
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v) {
                    const Vector<T> deviation = SEMIGEN_TARGET::load(x + v * width<T>) * scale - mean[j];
                    if constexpr (incomplete)
                        distance[v] += measured_or<T>(deviation * deviation, broadcast(missing[by_column ? j : 0]));
                    else
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

    void accumulate_shared(const Block<T> &block, double *statistics) {
        if constexpr (shared && !incomplete) {
            // About the origin squares are large beside what is left about the means: they are summed in double.
            Vector<double> squares{};
            for (Index j = 0; j < model_.features; ++j) {
                const T *column = columns_ + j * block.stride;
                for (Index r = 0; r < block.padded; r += width<double>) {
                    double x[width<double>], weight[width<double>];
                    for (Index lane = 0; lane < width<double>; ++lane) {
                        x[lane] = column[r + lane];
                        weight[lane] = block.weights[r + lane];
                    }
                    const Vector<double> value = SEMIGEN_TARGET::load(x);
                    squares += SEMIGEN_TARGET::load(weight) * value * value;
                }
            }
            statistics[second()] += sum_of_lanes<double>(squares);
        }
    }

private:
    /// Sums in flight, so that they need not wait for one another.
    static constexpr int vectors = row_multiple / width<T> < 4 ? row_multiple / width<T> : 4, columns_at_once = 4;

    template <int Columns>
    void accumulate_columns(const Block<T> &block, Index m, Index j, const T *responsibilities, double *statistics) {
        const Index d = model_.features;
        const T *mean = model_.means + m * d + j, *column = columns_ + j * block.stride;
        Vector<T> sum[Columns] = {}, squares[Columns] = {};
        [[maybe_unused]] T variance[Columns];
        for (int a = 0; a < Columns && incomplete; ++a) {
            const T factor = model_.factors[m * model_.factor_stride + (by_column ? j + a : 0)];
            variance[a] = 1 / (factor * factor);
        }
        for (Index r = 0; r < block.padded; r += width<T>) {
            const Vector<T> responsibility = SEMIGEN_TARGET::load(responsibilities + r);
#pragma GCC unroll 4
            for (int a = 0; a < Columns; ++a) {
                const Vector<T> value = SEMIGEN_TARGET::load(column + a * block.stride + r) - mean[a];
                const Vector<T> deviation = incomplete ? measured_or<T>(value, Vector<T>{}) : value;
                const Vector<T> weighted = responsibility * deviation;
                sum[a] += weighted;
                if constexpr (!shared || incomplete) squares[a] += weighted * deviation;
                if constexpr (incomplete)
                    squares[a] += responsibility * (value == value ? Vector<T>{} : broadcast(variance[a]));
            }
        }
        double *first = statistics + 1 + model_.components + m * d + j;
        double *second = statistics + this->second() + (by_column ? m * d + j : shared ? 0 : m);
#pragma GCC unroll 4
        for (int a = 0; a < Columns; ++a) {
            first[a] += sum_of_lanes<T>(sum[a]);
            if constexpr (!shared || incomplete) second[by_column ? a : 0] += sum_of_lanes<T>(squares[a]);
        }
    }

    /// Where second moments begin, in any family.
    Index second() const { return 1 + model_.components * (1 + model_.features); }

    Index columns_of_factor() const { return by_column ? model_.features : 1; }

    const PackedModel<T> &model_;
    T *columns_;
    T *missing_;  ///< see distances_of_missing
};

}  // namespace semigen::SEMIGEN_TARGET

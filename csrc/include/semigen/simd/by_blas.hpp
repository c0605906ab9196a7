// `full` and `tied` in many dimensions: rows one after the other, triangular products and rank updates through BLAS.
#pragma once

#include "semigen/blas.hpp"
#include "semigen/simd/tied.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Scales the rows with a positive weight by its square root and packs them tightly; returns how many there were.
template <class T, class Sum>
inline Index weigh_rows(const T *rows, const T *mean, const T *weights, Index count, Index d, Sum *weighted) {
    Index kept = 0;
    for (Index r = 0; r < count; ++r) {
        if (!(weights[r] > 0)) continue;
        const Sum root = static_cast<Sum>(__builtin_sqrt(static_cast<double>(weights[r])));
        const T *row = rows + r * d;
        Sum *to = weighted + kept++ * d;
        if (mean != nullptr)
            for (Index j = 0; j < d; ++j) to[j] = (row[j] - mean[j]) * root;
        else
            for (Index j = 0; j < d; ++j) to[j] = row[j] * root;
    }
    return kept;
}

/// packed += lower triangle of the rows' outer products, summed in T and added in double.
template <class T>
inline void add_outer_products(const T *rows, Index count, Index d, T *product, double *packed) {
    if (count == 0) return;
    blas::outer_products(rows, count, d, product);
    for (Index i = 0; i < d; ++i, packed += i)
        for (Index j = 0; j <= i; ++j) packed[j] += product[i * d + j];
}

template <class T>
class FullByBlas {
public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Shape shape, Index) {
        const Index d = shape.features;
        return 2 * Scratch<T>::rounded(d * block_stride<T>(d)) + Scratch<T>::rounded(d * d);
    }

    FullByBlas(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.model), rows_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          work_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          product_(scratch.take(task.model.features * task.model.features)) {}

    void load(const Rows<T> &rows, Index first, const Block<T> &block) { load_by_row(rows, first, block, rows_); }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &worker) {
        const Index d = model_.features;
        const T *mean = model_.means + m * d;
        for (Index r = block.count; r < block.padded; ++r) out[r] = model_.log_constants[m];
        if (worker.stop()) return;
        for (Index r = 0; r < block.count; ++r)
            for (Index j = 0; j < d; ++j) work_[r * d + j] = rows_[r * d + j] - mean[j];
        blas::multiply_lower(model_.factors + m * model_.factor_stride, d, work_, block.count);
        for (Index r = 0; r < block.count; ++r)
            out[r] = model_.log_constants[m] - static_cast<T>(0.5) * sum_of_squares(work_ + r * d, d);
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics,
                    const Worker &worker) {
        const Index d = model_.features;
        const StatisticsLayout layout{Family::full, model_.components, d, 0};
        const T *mean = model_.means + m * d;
        if (worker.stop()) return;
        const Index kept = weigh_rows(rows_, mean, responsibilities, block.count, d, work_);
        double *first = statistics + layout.first() + m * d;
        for (Index r = 0; r < block.count; ++r)
            if (responsibilities[r] > 0)
                for (Index j = 0; j < d; ++j) first[j] += responsibilities[r] * (rows_[r * d + j] - mean[j]);
        add_outer_products(work_, kept, d, product_, statistics + layout.second() + m * layout.second_size());
    }

    void accumulate_shared(const Block<T> &, double *) {}

private:
    /// |values|^2, or the largest distance if that is less.
    static T sum_of_squares(const T *values, Index d) {
        Vector<T> sum{};
        Index j = 0;
        for (; j + width<T> <= d; j += width<T>) {
            const Vector<T> value = SEMIGEN_TARGET::load(values + j);
            sum += value * value;
        }
        T total = sum_of_lanes<T>(sum);
        for (; j < d; ++j) total += values[j] * values[j];
        return total < largest_distance<T> ? total : largest_distance<T>;
    }

    const PackedModel<T> &model_;
    T *rows_, *work_, *product_;
};

template <class T>
class TiedByBlas : public TiedBase<T> {
public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Shape shape, Index) {
        const Index d = shape.features;
        const Index block = d * block_stride<T>(d);
        return 4 * Scratch<T>::rounded(block) + shared_size<T>(block) + shared_size<T>(d * d);
    }

    TiedByBlas(const PassTask<T> &task, Scratch<T> &scratch)
        : TiedBase<T>(task, scratch), rows_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          work_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          wide_(take_shared(scratch, task.model.features * block_stride<T>(task.model.features))),
          product_(take_shared(scratch, task.model.features * task.model.features)) {}

    void load(const Rows<T> &rows, Index first, const Block<T> &block) {
        const Index d = this->model_.features;
        load_by_row(rows, first, block, rows_);
        transpose(rows_, block, this->columns_);
        for (Index i = 0; i < block.count * d; ++i) work_[i] = rows_[i];
        blas::multiply_lower(this->model_.factors, d, work_, block.count);
        transpose(work_, block, this->whitened_);
    }

    void accumulate_shared(const Block<T> &block, double *statistics) {
        const Index d = this->model_.features;
        const Index kept = weigh_rows(rows_, static_cast<const T *>(nullptr), block.weights, block.count, d, wide_);
        add_outer_products(wide_, kept, d, product_, this->shared_scatter(statistics));
    }

private:
    void transpose(const T *from, const Block<T> &block, T *columns) const {
        const Index d = this->model_.features;
        for (Index j = 0; j < d; ++j) {
            for (Index r = 0; r < block.count; ++r) columns[j * block.stride + r] = from[r * d + j];
            for (Index r = block.count; r < block.padded; ++r) columns[j * block.stride + r] = 0;
        }
    }

    T *rows_, *work_;
    Shared *wide_, *product_;
};

}  // namespace semigen::SEMIGEN_TARGET

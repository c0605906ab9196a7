// `tied`: one covariance for all. Rows are whitened once per pass; a component then costs two operations per value.
#pragma once

#include "semigen/simd/block.hpp"
#include "semigen/simd/scatter.hpp"
#include "semigen/simd/triangular.hpp"

namespace semigen::SEMIGEN_TARGET {

/// The triangle times every row of the block, both with a vector per column.
template <class T>
inline void whiten(const T *factor, Index d, const T *columns, Index stride, Index rows, T *whitened) {
    for (Index r = 0; r < rows; r += tile_rows<T>)
        multiply_packed(factor, 0, d, columns + r, stride, [&](const auto &tile, Index i) {
            for (const auto &output : tile.value) {
#pragma GCC unroll 4
                for (int v = 0; v < tile_vectors<T>; ++v) store(whitened + i * stride + r + v * width<T>, output[v]);
                ++i;
            }
        });
}

/// The scatter that `tied` shares is summed about the origin and loses what lies between classes only afterwards, in
/// the M step: it needs double precision from the start, also for float32 rows.
using Shared = double;

/// Elements of T that hold `count` elements of Shared.
template <class T>
constexpr Index shared_size(Index count) {
    return Scratch<T>::rounded(count * static_cast<Index>(sizeof(Shared) / sizeof(T)));
}

template <class T>
inline Shared *take_shared(Scratch<T> &scratch, Index count) {
    return reinterpret_cast<Shared *>(scratch.take(shared_size<T>(count)));
}

/// Densities and first moments of `tied`, whichever way its rows were whitened and their scatter is summed.
template <class T>
class TiedBase {
public:
    TiedBase(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.model), columns_(scratch.take(task.model.features * block_stride<T>(task.model.features))),
          whitened_(scratch.take(task.model.features * block_stride<T>(task.model.features))) {}

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        const T *mean = model_.whitened_means + m * model_.features;
        const T constant = model_.log_constants[m];
        for (Index r = 0; r < block.padded; r += 2 * width<T>) {
            Vector<T> distance[2] = {};
            for (Index j = 0; j < model_.features; ++j)
#pragma GCC unroll 2
                for (int v = 0; v < 2; ++v) {
                    const Vector<T> deviation = load_lanes(whitened_ + j * block.stride + r + v * width<T>) - mean[j];
                    distance[v] += deviation * deviation;
                }
#pragma GCC unroll 2
            for (int v = 0; v < 2; ++v) store(out + r + v * width<T>, log_density_at(constant, distance[v]));
        }
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        const Index d = model_.features;
        const StatisticsLayout layout{Family::tied, model_.components, d, 0};
        const T *mean = model_.means + m * d;
        double *first = statistics + layout.first() + m * d;
        for (Index j = 0; j < d; ++j) {
            Vector<T> sum{};
            for (Index r = 0; r < block.padded; r += width<T>)
                sum += load_lanes(responsibilities + r) * (load_lanes(columns_ + j * block.stride + r) - mean[j]);
            first[j] += sum_of_lanes<T>(sum);
        }
    }

protected:
    static Vector<T> load_lanes(const T *from) { return SEMIGEN_TARGET::load(from); }

    double *shared_scatter(double *statistics) const {
        return statistics + StatisticsLayout{Family::tied, model_.components, model_.features, 0}.second();
    }

    const PackedModel<T> &model_;
    T *columns_, *whitened_;
};

template <class T>
class Tied : public TiedBase<T> {
public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Shape shape, Index) {
        const Index d = shape.features;
        const Index rows = block_stride<T>(d);
        return 2 * Scratch<T>::rounded(d * rows) + shared_size<T>(shared_scratch(d));
    }

    Tied(const PassTask<T> &task, Scratch<T> &scratch)
        : TiedBase<T>(task, scratch), wide_(take_shared(scratch, shared_scratch(task.model.features))),
          weights_(wide_.take(block_stride<T>(task.model.features))), first_(wide_.take(task.model.features)),
          scatter_(wide_, task.model.features) {}

    void load(const Rows<T> &rows, Index first, const Block<T> &block) {
        load_by_column(rows, first, block, this->columns_);
        whiten(this->model_.factors, this->model_.features, this->columns_, block.stride, block.padded,
               this->whitened_);
    }

    void accumulate_shared(const Block<T> &block, double *statistics) {
        for (Index r = 0; r < block.padded; ++r) weights_[r] = block.weights[r];
        const auto column_at = [&](Index j) { return Widened{this->columns_ + j * block.stride}; };
        add_moments(this->model_.features, block.padded, weights_, column_at, scatter_, first_,
                    this->shared_scatter(statistics));
    }

private:
    static Index shared_scratch(Index d) {
        return Scratch<Shared>::rounded(block_stride<T>(d)) + Scratch<Shared>::rounded(d) +
               ScatterScratch<Shared>::size(d);
    }

    struct Widened {
        const T *column;
        Vector<Shared> lanes(Index r) const {
            Shared value[width<Shared>];
            for (Index lane = 0; lane < width<Shared>; ++lane) value[lane] = column[r + lane];
            return SEMIGEN_TARGET::load(value);
        }
    };

    Scratch<Shared> wide_;
    Shared *weights_;
    Shared *first_;  ///< first moments, which nobody reads
    ScatterScratch<Shared> scatter_;
};

}  // namespace semigen::SEMIGEN_TARGET

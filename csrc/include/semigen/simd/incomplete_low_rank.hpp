// Loadings and a variance of each column, and rows of which each lacks other columns, with rows in the lanes.
//
// Given the latent factors columns are independent, so that missing ones just drop out of what a row says of them: with
// y and A in the observed columns only, they have the covariance G = (I + A^T A)^-1 and the mean z = G A^T y, and the
// squared distance is |y - A z|^2 + |z|^2. See families/low_rank.hpp for the letters.
#pragma once

#include "semigen/simd/block.hpp"
#include "semigen/simd/eliminate.hpp"
#include "semigen/simd/missing_values.hpp"

namespace semigen::SEMIGEN_TARGET {

template <class T>
class IncompleteLowRank {
public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Shape shape, Index components) {
        return Scratch<T>::rounded(shape.features * completed_stride) +
               Scratch<T>::rounded(components * latent_size(shape.rank)) +
               Scratch<T>::rounded(Triangles::count(shape.rank)) + Scratch<T>::rounded((shape.rank + 2) * width<T>) +
               Scratch<T>::rounded(components * shape.features) + Scratch<T>::rounded(components) +
               Scratch<T>::rounded(Triangles::count(shape.rank));
    }

    IncompleteLowRank(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.completion->model), covariances_(task.completion->covariances),
          columns_(scratch.take(model_.features * completed_stride)),
          latent_(scratch.take(model_.components * latent_size(model_.rank))),
          eliminated_(scratch.take(Triangles::count(model_.rank))),
          inverse_(scratch.take(Triangles::count(model_.rank))), sums_(scratch.take((model_.rank + 2) * width<T>)),
          missing_(scratch.take(model_.components * model_.features)), constants_(scratch.take(model_.components)) {
        for (Index m = 0; m < model_.components; ++m) {
            T *missing = missing_ + m * model_.features;
            distances_of_missing(factor(m), model_.features, missing);
            constants_[m] = 0;
            for (Index j = 0; j < model_.features; ++j) constants_[m] += missing[j] / 2;
            constants_[m] += model_.log_weights[m];
        }
    }

    void load(const Rows<T> &rows, Index first, const Block<T> &block) { load_by_column(rows, first, block, columns_); }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        for (Index r = 0; r < block.padded; r += width<T>) infer(m, r, out + r);
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        const Index d = model_.features, rank = model_.rank;
        const StatisticsLayout layout = model_.layout();
        double *first = statistics + layout.first() + m * d;
        double *second = statistics + layout.second() + m * layout.second_size();
        for (Index j = 0; j < d; ++j) {
            for (Index a = 0; a < rank + 2; ++a) store(sums_ + a * width<T>, Vector<T>{});
            for (Index r = 0; r < block.padded; r += width<T>)
                add_column(m, j, r, SEMIGEN_TARGET::load(responsibilities + r));
            first[j] += sum_of_lanes<T>(sum(rank + 1));
            for (Index a = 0; a <= rank; ++a) second[a * d + j] += sum_of_lanes<T>(sum(a));
        }
    }

    void accumulate_shared(const Block<T> &, double *) {}

private:
    /// Means and second moments of the latent factors of every row.
    static constexpr Index latent_size(Index rank) { return (rank + rank * rank) * row_multiple; }

    const T *factor(Index m) const { return model_.factors + m * (1 + model_.rank) * model_.features; }
    const T *covariance(Index m) const { return covariances_ + m * (1 + model_.rank) * model_.features; }
    T *mean_of_latent(Index m, Index a, Index r) const {
        return latent_ + m * latent_size(model_.rank) + a * row_multiple + r;
    }
    T *moment_of_latent(Index m, Index a, Index b, Index r) const {
        return mean_of_latent(m, model_.rank + a * model_.rank + b, r);
    }
    Vector<T> sum(Index a) const { return SEMIGEN_TARGET::load(sums_ + a * width<T>); }
    void add(Index a, Vector<T> value) { store(sums_ + a * width<T>, sum(a) + value); }

    /// Writes the log densities of the rows of a vector, and what they say of their latent factors.
    void infer(Index m, Index r, T *out) {
        const Index d = model_.features, rank = model_.rank;
        const T *scale = factor(m), *loadings = scale + d, *mean = model_.means + m * d;
        const T *missing = missing_ + m * d;
        const auto whitened = [&](Index j) {
            return (SEMIGEN_TARGET::load(columns_ + j * completed_stride + r) - mean[j]) * scale[j];
        };
        // I + A^T A, and A^T y.
        const Triangles matrix{eliminated_, rank}, inverse{inverse_, rank};
        for (Index a = 0; a < rank; ++a) {
            store(sums_ + a * width<T>, Vector<T>{});
            for (Index b = a; b < rank; ++b) matrix.set(a, b, broadcast<T>(a == b ? 1 : 0));
        }
        for (Index j = 0; j < d; ++j) {
            const Vector<T> value = whitened(j), y = measured_or<T>(value, Vector<T>{});
            const Vector<T> there = value == value ? broadcast<T>(1) : Vector<T>{};
            for (Index a = 0; a < rank; ++a) {
                const Vector<T> loading = there * loadings[a * d + j];
                for (Index b = a; b < rank; ++b) matrix.set(a, b, matrix.at(a, b) + loading * loadings[b * d + j]);
                add(a, loading * y);
            }
        }
        T log_determinants[width<T>];
        // Positive definite whatever rounding does.
        eliminate_lanes(matrix, rank, log_determinants);
        solve_eliminated(matrix, rank, sums_);
        invert_eliminated(matrix, inverse);
        Vector<T> distance = SEMIGEN_TARGET::load(log_determinants);
        for (Index a = 0; a < rank; ++a) {
            store(mean_of_latent(m, a, r), sum(a));
            distance += sum(a) * sum(a);
            for (Index b = 0; b < rank; ++b)
                store(moment_of_latent(m, a, b, r), inverse.at(a < b ? a : b, a < b ? b : a) + sum(a) * sum(b));
        }
        for (Index j = 0; j < d; ++j) {
            Vector<T> residual = whitened(j);
            for (Index a = 0; a < rank; ++a) residual -= loadings[a * d + j] * sum(a);
            distance += measured_or<T>(residual * residual, broadcast(missing[j]));
        }
        store(out, log_density_at(constants_[m], distance));
    }

    /// Adds moments of column j: its square, its products with latent factors, and its deviation.
    void add_column(Index m, Index j, Index r, Vector<T> share) {
        const Index d = model_.features, rank = model_.rank;
        const T *loadings = covariance(m) + d + j;
        const Vector<T> value = SEMIGEN_TARGET::load(columns_ + j * completed_stride + r) - model_.means[m * d + j];
        Vector<T> expected{}, square = broadcast(covariance(m)[j]);
        for (Index a = 0; a < rank; ++a) {
            const Vector<T> latent = SEMIGEN_TARGET::load(mean_of_latent(m, a, r));
            Vector<T> product{};
            for (Index b = 0; b < rank; ++b)
                product += loadings[b * d] * SEMIGEN_TARGET::load(moment_of_latent(m, a, b, r));
            expected += loadings[a * d] * latent;
            square += loadings[a * d] * product;
            add(1 + a, share * measured_or<T>(value * latent, product));
        }
        add(0, share * measured_or<T>(value * value, square));
        add(1 + rank, share * measured_or<T>(value, expected));
    }

    const ModelView &model_;
    const double *covariances_;
    T *columns_;  ///< of the block, NaN where nothing was measured
    T *latent_;
    T *eliminated_, *inverse_;  ///< of the rows of a vector
    T *sums_;                   ///< of a column, in the lanes
    T *missing_;                ///< see distances_of_missing
    T *constants_;              ///< log pi_m, and log densities at the mean were columns independent
};

}  // namespace semigen::SEMIGEN_TARGET

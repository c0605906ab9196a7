// Loadings and a variance of each column: densities with rows in the lanes, moments row after row.
//
// By the Woodbury identity (x - mu)^T Sigma^-1 (x - mu) is |y|^2 - |u|^2, with y = Psi^-1/2 (x - mu) and u = P A^T y of
// as many entries as there are latent factors: see families/low_rank.hpp for the letters.
#pragma once

#include "semigen/model.hpp"
#include "semigen/simd/block.hpp"

namespace semigen::SEMIGEN_TARGET {

template <class T>
class LowRank {
public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Shape shape, Index components) {
        const Index d = shape.features, rows = block_stride<T>(d);
        return Scratch<T>::rounded(d * rows) + Scratch<T>::rounded(block_rows<T>(d) * Packed::row_stride(d)) +
               Scratch<T>::rounded(components * shape.rank * rows) +
               Scratch<T>::rounded(block_rows<T>(d) * (1 + shape.rank)) + Scratch<T>::rounded(rows);
    }

    LowRank(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.model), packed_{{model_.features, model_.rank}},
          columns_(scratch.take(model_.features * block_stride<T>(model_.features))),
          rows_(scratch.take(block_rows<T>(model_.features) * Packed::row_stride(model_.features))),
          latent_(scratch.take(model_.components * model_.rank * block_stride<T>(model_.features))),
          weighted_(scratch.take(block_rows<T>(model_.features) * (1 + model_.rank))),
          list_(reinterpret_cast<std::int32_t *>(scratch.take(block_stride<T>(model_.features)))) {}

    void load(const Rows<T> &rows, Index first, const Block<T> &block) {
        load_by_column(rows, first, block, columns_);
        const Index d = model_.features, stride = Packed::row_stride(d);
        for (Index r = 0; r < block.count; ++r) {
            for (Index j = 0; j < d; ++j) rows_[r * stride + j] = columns_[j * block.stride + r];
            for (Index j = d; j < stride; ++j) rows_[r * stride + j] = 0;
        }
    }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        const T *scale = part(m, packed_.scale()), *mean = part(m, packed_.mean());
        const T constant = model_.log_constants[m];
        for (Index r = 0; r < block.padded; r += vectors * width<T>) {
            Vector<T> squares[vectors] = {}, explained[vectors] = {};
            for (Index j = 0; j < model_.features; ++j)
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v) {
                    const Vector<T> y = (column(block, j, r + v * width<T>) - mean[j]) * scale[j];
                    squares[v] += y * y;
                }
            project(block, m, r, explained);
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                Vector<T> distance = squares[v] - explained[v];
                const Vector<T> cancelled = distance < most_cancelled * squares[v] ? broadcast<T>(1) : Vector<T>{};
                if (sum_of_lanes<T>(cancelled) > 0)
                    distance = cancelled > Vector<T>{} ? residual(block, m, r + v * width<T>) : distance;
                store(out + r + v * width<T>, log_density_at(constant, distance));
            }
        }
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        const Index kept = weigh_latent(block, m, responsibilities);
        if (kept == 0) return;
        const StatisticsLayout layout{Family::low_rank, model_.components, model_.features, model_.rank};
        double *first = statistics + layout.first() + m * model_.features;
        double *second = statistics + layout.second() + m * layout.second_size();
        Index j = 0;
        for (; j + vectors * width<T> <= Packed::row_stride(model_.features); j += vectors * width<T>)
            accumulate_columns<vectors>(m, j, kept, first, second);
        for (; j < model_.features; j += width<T>) accumulate_columns<1>(m, j, kept, first, second);
    }

    void accumulate_shared(const Block<T> &, double *) {}

private:
    using Packed = PackedLoadings<T>;

    /// Rows, or columns, that a tile works on at once: with 8 sums for each they fill the registers, not more.
    static constexpr int vectors = SEMIGEN_VECTOR_BYTES >= 64 ? 2 : 1;

    /// Where less of |y|^2 is left than this, its difference from |u|^2 has lost digits and is computed anew.
    static constexpr T most_cancelled = static_cast<T>(1.0 / 32);

    const T *part(Index m, Index at) const { return model_.factors + m * model_.factor_stride + at; }

    Vector<T> column(const Block<T> &block, Index j, Index r) const {
        return SEMIGEN_TARGET::load(columns_ + j * block.stride + r);
    }

    /// Entry a of u of component m, for all rows of the block.
    T *latent(const Block<T> &block, Index m, Index a) const { return latent_ + (m * model_.rank + a) * block.stride; }

    template <int Count>
    struct Constant {
        static constexpr int value = Count;
    };

    /// Calls use(outputs, a) for tiles of outputs, a the first of them, until all latent factors are done.
    template <class Use>
    void for_each_tile(Use use) const {
        for (Index a = 0, outputs = 0; a < model_.rank; a += outputs) {
            outputs = Packed::outputs(model_.rank - a);
            switch (outputs) {
                case 8: use(Constant<8>{}, a); break;
                case 4: use(Constant<4>{}, a); break;
                case 2: use(Constant<2>{}, a); break;
                default: use(Constant<1>{}, a); break;
            }
        }
    }

    /// Writes u and adds the squares of its entries.
    void project(const Block<T> &block, Index m, Index r, Vector<T> *explained) {
        const T *projection = part(m, packed_.projection());
        for_each_tile([&](auto outputs, Index a) {
            project_tile<decltype(outputs)::value>(block, m, a, r, projection + a * model_.features, explained);
        });
    }

    template <int Outputs>
    void project_tile(const Block<T> &block, Index m, Index a, Index r, const T *tile, Vector<T> *explained) {
        const T *mean = part(m, packed_.mean());
        Vector<T> sum[Outputs][vectors] = {};
        for (Index j = 0; j < model_.features; ++j, tile += Outputs) {
            Vector<T> deviation[vectors];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) deviation[v] = column(block, j, r + v * width<T>) - mean[j];
#pragma GCC unroll 8
            for (int i = 0; i < Outputs; ++i)
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v) sum[i][v] += tile[i] * deviation[v];
        }
#pragma GCC unroll 8
        for (int i = 0; i < Outputs; ++i)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                store(latent(block, m, a + i) + r + v * width<T>, sum[i][v]);
                explained[v] += sum[i][v] * sum[i][v];
            }
    }

    /// |y - A z|^2 + |z|^2, the same distance as a sum of squares, for the rows in one vector; z = P^T u.
    Vector<T> residual(const Block<T> &block, Index m, Index r) const {
        const Index rank = model_.rank;
        const T *root = part(m, packed_.root()), *scale = part(m, packed_.scale()), *mean = part(m, packed_.mean());
        const T *loadings = part(m, packed_.loadings());
        T *z = weighted_;
        Vector<T> distance{};
        for (Index b = 0; b < rank; ++b) {
            Vector<T> sum{};
            for (Index a = b; a < rank; ++a) sum += root[a * rank + b] * SEMIGEN_TARGET::load(latent(block, m, a) + r);
            store(z + b * width<T>, sum);
            distance += sum * sum;
        }
        for (Index j = 0; j < model_.features; ++j, loadings += rank) {
            Vector<T> rest = (column(block, j, r) - mean[j]) * scale[j];
            for (Index b = 0; b < rank; ++b) rest -= loadings[b] * SEMIGEN_TARGET::load(z + b * width<T>);
            distance += rest * rest;
        }
        return distance;
    }

    /// Lists the rows with a positive responsibility, each with that and with it times z; returns how many there are.
    Index weigh_latent(const Block<T> &block, Index m, const T *responsibilities) {
        const Index rank = model_.rank;
        const T *root = part(m, packed_.root());
        Index kept = 0;
        for (Index r = 0; r < block.count; ++r) {
            if (!(responsibilities[r] > 0)) continue;
            T *weighted = weighted_ + kept * (1 + rank);
            list_[kept++] = static_cast<std::int32_t>(r);
            weighted[0] = responsibilities[r];
            for (Index b = 0; b < rank; ++b) {
                T sum = 0;
                for (Index a = b; a < rank; ++a) sum += root[a * rank + b] * latent(block, m, a)[r];
                weighted[1 + b] = sum * responsibilities[r];
            }
        }
        return kept;
    }

    /// Moments in `Vectors` vectors of columns from column j on.
    template <int Vectors>
    void accumulate_columns(Index m, Index j, Index kept, double *first, double *second) {
        const Index stride = Packed::row_stride(model_.features), rank = model_.rank;
        Vector<T> mean[Vectors], sum[Vectors] = {}, squares[Vectors] = {};
#pragma GCC unroll 4
        for (int v = 0; v < Vectors; ++v) mean[v] = SEMIGEN_TARGET::load(part(m, packed_.mean()) + j + v * width<T>);
        for (Index i = 0; i < kept; ++i) {
            const T *row = rows_ + list_[i] * stride + j;
            const T weight = weighted_[i * (1 + rank)];
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v) {
                const Vector<T> deviation = SEMIGEN_TARGET::load(row + v * width<T>) - mean[v],
                                product = weight * deviation;
                sum[v] += product;
                squares[v] += product * deviation;
            }
        }
        add(sum, Vectors, j, first);
        add(squares, Vectors, j, second);
        for_each_tile([&](auto outputs, Index a) {
            constexpr int Outputs = decltype(outputs)::value;
            Vector<T> products[Outputs][Vectors] = {};
            for (Index i = 0; i < kept; ++i) {
                const T *row = rows_ + list_[i] * stride + j, *weighted = weighted_ + i * (1 + rank) + 1 + a;
                Vector<T> deviation[Vectors];
#pragma GCC unroll 4
                for (int v = 0; v < Vectors; ++v) deviation[v] = SEMIGEN_TARGET::load(row + v * width<T>) - mean[v];
#pragma GCC unroll 8
                for (int o = 0; o < Outputs; ++o)
#pragma GCC unroll 4
                    for (int v = 0; v < Vectors; ++v) products[o][v] += weighted[o] * deviation[v];
            }
            for (int o = 0; o < Outputs; ++o) add(products[o], Vectors, j, second + (1 + a + o) * model_.features);
        });
    }

    /// Adds the lanes of vectors to the entries from column j on, as far as there are columns.
    void add(const Vector<T> *sums, int count, Index j, double *to) const {
        for (int v = 0; v < count; ++v, j += width<T>) {
            T lanes[width<T>];
            store(lanes, sums[v]);
            const Index some = model_.features - j < width<T> ? model_.features - j : width<T>;
            for (Index lane = 0; lane < some; ++lane) to[j + lane] += lanes[lane];
        }
    }

    const PackedModel<T> &model_;
    Packed packed_;
    T *columns_, *rows_;
    T *latent_;    ///< u of every component
    T *weighted_;  ///< of a component's rows, responsibilities and their products with z
    std::int32_t *list_;
};

}  // namespace semigen::SEMIGEN_TARGET

// Dense covariances and rows of which each lacks other columns: each is completed under every component, with rows in
// the lanes, and then treated like one that lacks nothing (completion.hpp).
#pragma once

#include "semigen/completion.hpp"
#include "semigen/simd/eliminate.hpp"
#include "semigen/simd/full.hpp"
#include "semigen/simd/missing_values.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Second moments are about the means, also those that components share: see incomplete_pass.hpp.
template <class T, bool shared>
class IncompleteDense {
public:
    static constexpr bool has_bounds = false;

    static Index scratch_size(Shape shape, Index components) {
        const Index d = shape.features, border = d + 1;
        return Scratch<T>::rounded(d * stride) + Scratch<T>::rounded(components * border * stride) +
               Scratch<T>::rounded((d + precision_tile) * tile_rows<T>) + 2 * Scratch<T>::rounded(row_multiple * d) +
               2 * Scratch<T>::rounded(row_multiple) + Scratch<T>::rounded(eliminations * Triangles::count(d)) +
               Scratch<T>::rounded(Triangles::count(2 * d + 1)) + Scratch<T>::rounded(Triangles::count(d)) +
               Scratch<T>::rounded(border * border) + Scratch<T>::rounded(d * width<T>) +
               2 * Scratch<T>::rounded(stride) + ScatterScratch<T>::size(d);
    }

    IncompleteDense(const PassTask<T> &task, Scratch<T> &scratch)
        : model_(task.model), completion_(*task.completion), prune_(task.prune),
          columns_(scratch.take(features() * stride)),
          completed_(scratch.take(model_.components * (features() + 1) * stride)),
          products_(scratch.take((features() + precision_tile) * tile_rows<T>)),
          observed_(reinterpret_cast<std::int32_t *>(scratch.take(row_multiple * features()))),
          missing_(reinterpret_cast<std::int32_t *>(scratch.take(row_multiple * features()))),
          unseen_(scratch.take(row_multiple)), log_determinants_(scratch.take(row_multiple)),
          eliminated_(scratch.take(eliminations * Triangles::count(features()))),
          bordered_(scratch.take(Triangles::count(2 * features() + 1))),
          conditional_(scratch.take(Triangles::count(features()))), spread_(scratch.take(border() * border())),
          expected_(scratch.take(features() * width<T>)), list_(reinterpret_cast<std::int32_t *>(scratch.take(stride))),
          weights_(scratch.take(stride)), scatter_(scratch, features()) {
        for (Index r = 0; r < tile_rows<T>; ++r) products_[features() * tile_rows<T> + r] = 0;
    }

    void load(const Rows<T> &rows, Index first, const Block<T> &block) {
        load_by_column(rows, first, block, columns_);
        const Index d = features();
        for (Index r = 0; r < block.padded; ++r) {
            std::int32_t *observed = observed_ + r * d, *missing = missing_ + r * d;
            Index seen = 0, unseen = 0;
            for (Index j = 0; j < d; ++j) {
                const T value = columns_[j * stride + r];
                observed[seen] = missing[unseen] = static_cast<std::int32_t>(j);
                seen += value == value ? 1 : 0;
                unseen += value == value ? 0 : 1;
            }
            unseen_[r] = static_cast<T>(unseen);
            // The column behind the last, which is not there.
            for (; seen < d; ++seen) observed[seen] = static_cast<std::int32_t>(d);
            for (; unseen < d; ++unseen) missing[unseen] = static_cast<std::int32_t>(d);
        }
    }

    void log_density(const Block<T> &block, Index m, T *out, const Worker &) {
        const Index d = features();
        const T *mean = model_.means + m * d, *factor = model_.factors + m * model_.factor_stride;
        const bool fresh = !shared || m == block.first_component;
        for (Index begin = 0; begin < block.padded; begin += tile_rows<T>) {
            T *x = completed(m) + begin;
            for (Index j = 0; j <= d; ++j)
                for (Index r = 0; r < tile_rows<T>; r += width<T>)
                    store(x + j * stride + r,
                          j < d ? measured_or<T>(lanes(j, begin + r) - mean[j], Vector<T>{}) : Vector<T>{});
            if (completion_.precise[matrix(m)]) multiply_by_precision(m, x);
            T constants[tile_rows<T>], exact[tile_rows<T>];
            bool known[tile_vectors<T>];
            for (int v = 0; v < tile_vectors<T>; ++v)
                known[v] = complete(m, begin + v * width<T>, v, fresh, constants + v * width<T>, exact + v * width<T>);
            Vector<T> distance[tile_vectors<T>] = {};
            multiply_packed(factor, 0, d, x, stride, [&](const auto &tile, Index) {
                for (const auto &output : tile.value)
#pragma GCC unroll 4
                    for (int v = 0; v < tile_vectors<T>; ++v) distance[v] += output[v] * output[v];
            });
#pragma GCC unroll 4
            for (int v = 0; v < tile_vectors<T>; ++v)
                store(out + begin + v * width<T>,
                      SEMIGEN_TARGET::load(constants + v * width<T>) +
                          log_density_at<T>(0, known[v] ? SEMIGEN_TARGET::load(exact + v * width<T>) : distance[v]));
        }
    }

    void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics, const Worker &) {
        const Index d = features();
        const StatisticsLayout layout{model_.family, model_.components, d, 0};
        double *first = statistics + layout.first() + m * d;
        double *second = statistics + layout.second() + matrix(m) * layout.second_size();
        if (!shared) add_conditional(block, m, responsibilities, second);
        const T *columns = completed(m);
        add_moments_that_matter(
            d, block.padded, prune_, responsibilities, list_, weights_, scatter_,
            [&](Index j) { return Centred<T>{columns + j * stride, 0}; },
            [&](Index j, const std::int32_t *rows) { return GatheredCentred<T>{columns + j * stride, rows, 0}; }, first,
            second);
    }

    /// Responsibilities sum to the weight of a row.
    void accumulate_shared(const Block<T> &block, double *statistics) {
        if (!shared) return;
        const StatisticsLayout layout{model_.family, model_.components, features(), 0};
        add_conditional(block, block.first_component, block.weights, statistics + layout.second());
    }

private:
    static constexpr Index stride = completed_stride;
    /// Precisions of a block that are kept eliminated.
    static constexpr Index eliminations = shared ? row_multiple / width<T> : 1;

    Index features() const { return model_.features; }
    Index border() const { return model_.features + 1; }
    static constexpr Index matrix(Index m) { return shared ? 0 : m; }
    T *completed(Index m) const { return completed_ + m * (features() + 1) * stride; }
    Vector<T> lanes(Index j, Index r) const { return SEMIGEN_TARGET::load(columns_ + j * stride + r); }

    /// The most columns that a row of the vector lacks.
    Index most_missing(Index r) const {
        T most = unseen_[r];
        for (Index lane = 1; lane < width<T>; ++lane) most = unseen_[r + lane] > most ? unseen_[r + lane] : most;
        return static_cast<Index>(most);
    }

    /// The most columns that a row of the vector has.
    Index most_observed(Index r) const {
        T least = unseen_[r];
        for (Index lane = 1; lane < width<T>; ++lane) least = unseen_[r + lane] < least ? unseen_[r + lane] : least;
        return features() - static_cast<Index>(least);
    }

    /// Whether missing columns follow from the precision rather than from the covariance of the observed ones: where
    /// it has its digits, and where that is less work.
    bool by_precision(Index m, Index unseen) const {
        return completion_.precise[matrix(m)] && 2 * unseen <= features();
    }

    /// Lambda x for a tile of rows.
    void multiply_by_precision(Index m, const T *x) {
        const Index d = features();
        const Index tiles = (d + precision_tile - 1) / precision_tile;
        for (Index i = 0; i < tiles; ++i) {
            const auto y = multiply_tile<precision_tile>(
                completion_.tiles + (matrix(m) * tiles + i) * precision_tile * d, d, x, stride);
            for (int a = 0; a < precision_tile; ++a)
                for (int v = 0; v < tile_vectors<T>; ++v)
                    store(products_ + (i * precision_tile + a) * tile_rows<T> + v * width<T>, y.value[a][v]);
        }
        // A tile may reach beyond the last column, where its entries are zero.
    }

    const std::int32_t *missing(Index r) const { return missing_ + r * features(); }
    const std::int32_t *observed(Index r) const { return observed_ + r * features(); }

    /// Copies the listed rows and columns of a bordered matrix to a lane, from row and column `at` on; the column that
    /// is not there gets a one on the diagonal.
    void gather_matrix(const T *from, const std::int32_t *list, Index count, const Triangles &to, Index at) const {
        for (Index i = 0; i < count; ++i) {
            const T *source = from + list[i] * border();
            T *row = to.row(at + i) + at * width<T>;
            for (Index j = i; j < count; ++j) row[j * width<T>] = source[list[j]];
            if (list[i] == features()) row[i * width<T>] = 1;
        }
    }

    /// Fills the missing columns of the rows of a vector in with what component m expects of them.
    ///
    /// Writes what the log density is besides half the squared distance, and returns whether it writes that as well: it
    /// is that of the row so completed.
    bool complete(Index m, Index r, int vector, bool fresh, T *constants, T *distances) {
        constexpr T half_log_two_pi = 0.9189385332046727, half = 0.5;
        const Index unseen = most_missing(r);
        const Vector<T> own = model_.log_constants[m] + half_log_two_pi * SEMIGEN_TARGET::load(unseen_ + r);
        store(constants, own);
        if (unseen == 0) return false;
        const bool by_covariance = !by_precision(m, unseen);
        if (by_covariance) {
            const Triangles left = eliminate_covariance(m, r, unseen);
            for (Index i = 0; i <= unseen; ++i)
                store(i < unseen ? expected_ + i * width<T> : distances,
                      -left.at(left.size - 1 - unseen + i, left.size - 1));
            store(constants,
                  own - completion_.log_determinants[m] - half * SEMIGEN_TARGET::load(log_determinants_ + r));
        } else {
            expect_by_precision(m, r, unseen, vector, fresh);
            store(constants, own - half * SEMIGEN_TARGET::load(log_determinants_ + r));
        }
        for (Index lane = 0; lane < width<T>; ++lane) {
            const std::int32_t *list = missing(r + lane);
            T *x = completed(m) + r + lane;
            for (Index i = 0; i < unseen; ++i) x[list[i] * stride] = expected_[i * width<T> + lane];
        }
        return by_covariance;
    }

    /// Lambda_MM of the rows of a vector, all of its columns eliminated. Components that share it share the
    /// elimination.
    Triangles eliminate_precision(Index m, Index r, Index unseen, bool fresh) {
        const Triangles precision{eliminated_ + (shared ? r / width<T> * Triangles::count(features()) : 0), unseen};
        if (!fresh) return precision;
        for (Index lane = 0; lane < width<T>; ++lane)
            gather_matrix(completion_.precisions + matrix(m) * border() * border(), missing(r + lane), unseen,
                          {precision.entries + lane, unseen}, 0);
        if (!eliminate_lanes(precision, unseen, log_determinants_ + r)) report_singular(m);
        return precision;
    }

    /// Expects -Lambda_MM^-1 Lambda_MO x_O.
    void expect_by_precision(Index m, Index r, Index unseen, int vector, bool fresh) {
        const Triangles precision = eliminate_precision(m, r, unseen, fresh);
        for (Index lane = 0; lane < width<T>; ++lane) {
            const std::int32_t *list = missing(r + lane);
            const T *products = products_ + vector * width<T> + lane;
            for (Index i = 0; i < unseen; ++i) expected_[i * width<T> + lane] = -products[list[i] * tile_rows<T>];
        }
        solve_eliminated(precision, unseen, expected_);
    }

    /// Eliminates the observed columns of [Sigma x], these first: C is left, the negative of what is expected, and that
    /// of the squared distance.
    Triangles eliminate_covariance(Index m, Index r, Index unseen) {
        const Index seen = most_observed(r), last = seen + unseen;
        const Triangles covariance{bordered_, last + 1};
        for (Index i = 0; i <= last; ++i)
            for (Index j = i; j <= last; ++j) covariance.set(i, j, Vector<T>{});
        const T *from = completion_.bordered + matrix(m) * border() * border();
        for (Index lane = 0; lane < width<T>; ++lane) {
            const Triangles to{covariance.entries + lane, covariance.size};
            const T *x = completed(m) + r + lane;
            gather_matrix(from, observed(r + lane), seen, to, 0);
            gather_matrix(from, missing(r + lane), unseen, to, seen);
            for (Index i = 0; i < seen; ++i) {
                const Index column = observed(r + lane)[i];
                for (Index j = 0; j < unseen; ++j)
                    to.row(i)[(seen + j) * width<T>] = from[column * border() + missing(r + lane)[j]];
                to.row(i)[last * width<T>] = x[column * stride];
            }
        }
        if (!eliminate_lanes(covariance, seen, log_determinants_ + r)) report_singular(m);
        return covariance;
    }

    /// Threads may find out at the same time.
    void report_singular(Index m) const { __atomic_store_n(completion_.singular + matrix(m), 1, __ATOMIC_RELAXED); }

    /// Adds what missing columns scatter about what is expected of them, as much as the rows of the block count.
    void add_conditional(const Block<T> &block, Index m, const T *weights, double *second) {
        const Index d = features();
        for (Index i = 0; i < border() * border(); ++i) spread_[i] = 0;
        for (Index r = 0; r < block.padded; r += width<T>) {
            const Index unseen = most_missing(r);
            if (unseen == 0 || count_positive(weights + r, width<T>) == 0) continue;
            Triangles conditional{conditional_, unseen};
            Index at = 0;
            if (by_precision(m, unseen)) {
                invert_eliminated(eliminate_precision(m, r, unseen, !shared), conditional);
            } else {
                conditional = eliminate_covariance(m, r, unseen);
                at = conditional.size - 1 - unseen;
            }
            for (Index lane = 0; lane < width<T>; ++lane)
                if (weights[r + lane] > 0)
                    add_weighted({conditional.entries + lane, conditional.size}, at, weights[r + lane],
                                 missing(r + lane), unseen);
        }
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j <= i; ++j) second[triangle(i) + j] += spread_[j * border() + i];
    }

    /// Adds the matrix in a lane, from row and column `at` on, to the listed rows and columns of the bordered one.
    void add_weighted(const Triangles &matrix, Index at, T weight, const std::int32_t *list, Index count) {
        for (Index i = 0; i < count; ++i) {
            const T *row = matrix.row(at + i) + at * width<T>;
            T *to = spread_ + list[i] * border();
            for (Index j = i; j < count; ++j) to[list[j]] += weight * row[j * width<T>];
        }
    }

    const PackedModel<T> &model_;
    const Completion &completion_;
    const bool prune_;
    T *columns_;                  ///< of the block, NaN where nothing was measured
    T *completed_;                ///< deviations of the rows as each component completes them, with a column more
    T *products_;                 ///< Lambda x for a tile of rows
    std::int32_t *observed_;      ///< columns that each row has, rising, and from there on the one behind the last
    std::int32_t *missing_;       ///< likewise, those that it lacks
    T *unseen_;                   ///< how many each row lacks
    T *log_determinants_;         ///< of what was eliminated last for each row
    T *eliminated_;               ///< precisions of missing columns
    T *bordered_, *conditional_;  ///< covariances, of the rows of a vector
    T *spread_;                   ///< sum of conditional covariances, its upper triangle, with a border
    T *expected_;                 ///< of the missing columns of the rows of a vector
    std::int32_t *list_;
    T *weights_;  ///< of the rows that matter to a component
    ScatterScratch<T> scatter_;
};

}  // namespace semigen::SEMIGEN_TARGET

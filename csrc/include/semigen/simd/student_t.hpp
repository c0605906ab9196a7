// Student t components of any covariance family: the family's own kernels give distances and sum moments, this adds
// what radial.hpp says of both.
#pragma once

#include "semigen/radial.hpp"
#include "semigen/simd/block.hpp"
#include "semigen/simd/elementary.hpp"
#include "semigen/simd/selection.hpp"

namespace semigen::SEMIGEN_TARGET {

/// 1 / (1 + delta / nu) and log(1 + delta / nu).
template <class T>
struct TailAt {
    Vector<T> inverse, logarithm;
};

/// `halved` is -delta / 2. The digits that 1 + x loses for small x are added back to its logarithm: nu may be large.
template <class T>
inline TailAt<T> tail_at(Vector<T> halved, T inverse_nu) {
    const Vector<T> ratio = smaller<T>(halved * (-2 * inverse_nu), broadcast(largest_distance<T>));
    const Vector<T> sum = 1 + ratio;
    const Vector<T> inverse = 1 / sum;
    return {inverse, logarithm<T>(sum) + (ratio - (sum - 1)) * inverse};
}

/// Kernels of a family with t components: the interface of simd/chunk.hpp around that of the family, whose model has
/// constants of zero, so that its log densities are -delta / 2.
template <template <class> class FamilyOf>
struct StudentT {
    template <class T>
    class Kernel : public FamilyOf<T> {
        using Gaussian = FamilyOf<T>;

    public:
        static Index scratch_size(Shape shape, Index components) {
            const Index stride = block_stride<T>(shape.features);
            return Gaussian::scratch_size(shape, components) + 2 * Scratch<T>::rounded(components * stride) +
                   2 * Scratch<T>::rounded(stride);
        }

        Kernel(const PassTask<T> &task, Scratch<T> &scratch)
            : Gaussian(task, scratch), model_(task.model), stride_(block_stride<T>(task.model.features)),
              shared_(is_shared(task.model.family)), inverse_(scratch.take(task.model.components * stride_)),
              logarithm_(scratch.take(task.model.components * stride_)), weights_(scratch.take(stride_)),
              row_weights_(scratch.take(stride_)) {}

        void load(const Rows<T> &rows, Index first, const Block<T> &block) {
            Gaussian::load(rows, first, block);
            bounded_ = false;
            for (Index r = 0; shared_ && r < block.padded; ++r) row_weights_[r] = 0;
        }

        void log_density(const Block<T> &block, Index m, T *out, const Worker &worker) {
            Gaussian::log_density(block, m, out, worker);
            const StudentTail<T> tail = model_.tails[m];
            T *inverse = inverse_ + m * stride_, *logarithm = logarithm_ + m * stride_;
            for (Index r = 0; r < block.padded; r += width<T>) {
                const TailAt<T> at = tail_at<T>(SEMIGEN_TARGET::load(out + r), tail.inverse_nu);
                store(inverse + r, at.inverse);
                store(logarithm + r, at.logarithm);
                store(out + r, tail.log_constant - tail.half_power * at.logarithm);
            }
        }

        /// A density falls with the distance, so that a bound of the one gives a bound of the other.
        void bound(const Block<T> &block, Index m, T *out) {
            T *halved = inverse_ + m * stride_;
            Gaussian::bound(block, m, halved);
            bounded_ = true;
            for (Index r = 0; r < block.padded; r += width<T>)
                store(out + r, log_density_at(m, SEMIGEN_TARGET::load(halved + r)));
        }

        void complete(const Block<T> &block, Index m, const RowList &list, T *out) {
            T *halved = inverse_ + m * stride_;
            add_densities(m, list, halved, -1, out);
            Gaussian::complete(block, m, list, halved);
            add_densities(m, list, halved, 1, out);
        }

        void accumulate(const Block<T> &block, Index m, const T *responsibilities, double *statistics,
                        const Worker &worker) {
            if (bounded_) write_tails(block, m);
            const StudentTail<T> tail = model_.tails[m];
            const T *inverse = inverse_ + m * stride_, *logarithm = logarithm_ + m * stride_;
            Vector<T> mass{}, weight{}, log_weight{};
            for (Index r = 0; r < block.padded; r += width<T>) {
                const Vector<T> responsibility = SEMIGEN_TARGET::load(responsibilities + r);
                const Vector<T> weighted = responsibility * (tail.largest_weight * SEMIGEN_TARGET::load(inverse + r));
                store(weights_ + r, weighted);
                mass += responsibility;
                weight += weighted;
                log_weight += responsibility * SEMIGEN_TARGET::load(logarithm + r);
            }
            if (shared_)
                for (Index r = 0; r < block.padded; r += width<T>)
                    store(row_weights_ + r,
                          SEMIGEN_TARGET::load(row_weights_ + r) + SEMIGEN_TARGET::load(weights_ + r));
            const StatisticsLayout layout{model_.family, model_.components, model_.features, model_.rank, true};
            const double of_rows = sum_of_lanes<T>(weight);
            statistics[layout.weight() + m] += of_rows;
            statistics[layout.log_weight() + m] +=
                sum_of_lanes<T>(mass) * tail.log_weight_shift - sum_of_lanes<T>(log_weight) - of_rows;
            Gaussian::accumulate(block, m, weights_, statistics, worker);
        }

        /// What components share is of all rows, each with its weights of all components together.
        void accumulate_shared(const Block<T> &block, double *statistics) {
            Block<T> weighted = block;
            weighted.weights = row_weights_;
            Gaussian::accumulate_shared(weighted, statistics);
        }

    private:
        Vector<T> log_density_at(Index m, Vector<T> halved) const {
            const StudentTail<T> &tail = model_.tails[m];
            return tail.log_constant - tail.half_power * tail_at<T>(halved, tail.inverse_nu).logarithm;
        }

        /// Turns the distances that bounds began with into what `accumulate` reads.
        void write_tails(const Block<T> &block, Index m) {
            T *inverse = inverse_ + m * stride_, *logarithm = logarithm_ + m * stride_;
            for (Index r = 0; r < block.padded; r += width<T>) {
                const TailAt<T> at = tail_at<T>(SEMIGEN_TARGET::load(inverse + r), model_.tails[m].inverse_nu);
                store(inverse + r, at.inverse);
                store(logarithm + r, at.logarithm);
            }
        }

        /// Adds, or subtracts, the log densities of the listed rows.
        void add_densities(Index m, const RowList &list, const T *halved, T sign, T *out) const {
            for (Index i = 0; i < list.count; i += width<T>) {
                T density[width<T>];
                store(density, log_density_at(m, gather(halved, list.rows + i)));
                for (Index lane = 0; lane < width<T> && i + lane < list.count; ++lane)
                    out[list.rows[i + lane]] += sign * density[lane];
            }
        }

        const PackedModel<T> &model_;
        const Index stride_;
        const bool shared_;
        T *inverse_;            ///< of each component: 1 / (1 + delta / nu); -delta / 2 while there are only bounds
        T *logarithm_;          ///< of each component: log(1 + delta / nu)
        T *weights_;            ///< of a component's rows: responsibilities times u
        T *row_weights_;        ///< their sums over components
        bool bounded_ = false;  ///< whether log densities began with bounds
    };
};

}  // namespace semigen::SEMIGEN_TARGET

// A covariance becomes an inverse Cholesky factor, with a floor under the variance in every direction.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "semigen/blas.hpp"
#include "semigen/covariance_kernels.hpp"
#include "semigen/parallel.hpp"
#include "semigen/views.hpp"

namespace semigen {

/// Above this dimension products of parts of a covariance go to BLAS; below, the call would cost more than the
/// arithmetic. Factorisations of whole covariances stay with the kernels for longer
/// (CovarianceKernels::largest_dimension).
constexpr Index lapack_dimension = 64;

/// Above this dimension covariances are factorised side by side, and LAPACK (raising eigenvalues needs it in any
/// dimension) may be called from several threads.
constexpr Index parallel_lapack_dimension = 32;

/// Factorises d x d covariances. Owns its scratch, so that a fit allocates once.
class CovarianceFactoriser {
public:
    /// A worker that is to stop makes it give up (as if the covariance were singular) between calls of LAPACK.
    explicit CovarianceFactoriser(Index d, const Worker *worker = nullptr)
        : d_(d), worker_(worker),
          work_(d > line ? new double[static_cast<std::size_t>(factor_scratch_size(d) + line)] : nullptr) {}

    /// P with P^T P = covariance^-1, lower, row-major. False if the covariance is not positive definite.
    bool invert(const double *covariance, double *factor) {
        const CovarianceKernels &kernels = active_covariance_kernels();
        if (d_ > kernels.largest_dimension) return invert_by_lapack(covariance, factor);
        return kernels.invert(covariance, d_, factor, scratch());
    }

    /// tr(covariance^-1 target) from the factor P and the root L of the target, the sum of squares of P L.
    double trace(const double *factor, const double *root) {
        double sum = 0;
        if (is_diagonal(root)) {
            const double *squares = squares_of_columns(factor, [](Index) { return false; });
            for (Index j = 0; j < d_; ++j) sum += squares[j] * root[j * (d_ + 1)] * root[j * (d_ + 1)];
            return sum;
        }
        const CovarianceKernels &kernels = active_covariance_kernels();
        if (d_ <= kernels.largest_dimension) return kernels.squares_of_product(factor, root, d_, scratch());
        constexpr Index some = 512;  // columns of L at a time
        std::vector<double> whitened(static_cast<std::size_t>(std::min(d_, some) * d_));
        for (Index first = 0; first < d_ && !stopped(); first += some) {
            const Index count = std::min(d_ - first, some);
            for (Index i = 0; i < d_; ++i)
                for (Index r = 0; r < count; ++r) whitened[r * d_ + i] = root[i * d_ + first + r];
            blas::multiply_lower(factor, d_, whitened.data(), count);
            for (Index i = 0; i < count * d_; ++i) sum += whitened[i] * whitened[i];
        }
        return sum;
    }

    /// As `invert`, after raising the covariance where it falls below diag(floor): in the coordinates in which that
    /// floor is the identity, every eigenvalue becomes at least 1.
    ///
    /// This is the exact maximiser of a Gaussian likelihood subject to covariance >= diag(floor) (von Neumann's trace
    /// inequality), so an M step that uses it still never lowers the objective. Healthy covariances are left as they
    /// are to the last bit. False only if floor is zero somewhere and the covariance singular.
    bool invert_above(double *covariance, const double *floor, double *factor) {
        raise_constant_columns(covariance, floor);
        if (invert(covariance, factor) && surely_above(covariance, factor, floor)) return true;
        if (stopped()) return false;
        for (Index j = 0; j < d_; ++j)
            if (!(floor[j] > 0)) return invert(covariance, factor);
        return raise_eigenvalues(covariance, floor) && invert(covariance, factor);
    }

private:
    bool stopped() const { return worker_ != nullptr && worker_->stop(); }

    /// A column without any variance in the component is independent of the others; its variance is the floor.
    ///
    /// Rounding leaves about 1e-32 of the square of a constant; the bound sits well above that, and so far below the
    /// floor that correlations with the column cannot matter.
    void raise_constant_columns(double *covariance, const double *floor) const {
        constexpr double negligible = 1e-24;
        for (Index j = 0; j < d_; ++j) {
            if (covariance[j * d_ + j] > negligible * floor[j] || !(floor[j] > 0)) continue;
            for (Index i = 0; i < d_; ++i) covariance[i * d_ + j] = covariance[j * d_ + i] = 0;
            covariance[j * d_ + j] = floor[j];
        }
    }

    /// The trace of floor^1/2 covariance^-1 floor^1/2 bounds its largest eigenvalue. Columns that were raised stand
    /// alone with an eigenvalue of exactly 1.
    bool surely_above(const double *covariance, const double *factor, const double *floor) {
        const double *squares = squares_of_columns(
            factor, [&](Index i) { return covariance[i * (d_ + 1)] == floor[i] && stands_alone(covariance, i); });
        double trace = 0;
        for (Index j = 0; j < d_; ++j) trace += squares[j] * floor[j];
        return trace <= 1;
    }

    /// The sum of squares of each column of a factor, without the rows that `skip` names.
    template <class Skip>
    const double *squares_of_columns(const double *factor, Skip skip) {
        double *squares = scratch();
        std::fill(squares, squares + d_, 0.0);
        for (Index i = 0; i < d_; ++i) {
            if (skip(i)) continue;
            const double *row = factor + i * d_;
            for (Index j = 0; j <= i; ++j) squares[j] += row[j] * row[j];
        }
        return squares;
    }

    bool is_diagonal(const double *lower) const {
        for (Index i = 1; i < d_; ++i)
            for (Index j = 0; j < i; ++j)
                if (lower[i * d_ + j] != 0) return false;
        return true;
    }

    bool stands_alone(const double *covariance, Index column) const {
        for (Index i = 0; i < d_; ++i)
            if (i != column && covariance[i * d_ + column] != 0) return false;
        return true;
    }

    bool invert_by_lapack(const double *covariance, double *factor) {
        std::copy(covariance, covariance + d_ * d_, factor);
        if (!blas::cholesky_lower(factor, d_) || stopped() || !blas::invert_lower(factor, d_)) return false;
        for (Index i = 0; i < d_; ++i) std::fill(factor + i * d_ + i + 1, factor + (i + 1) * d_, 0.0);
        return true;
    }

    bool raise_eigenvalues(double *covariance, const double *floor) {
        eigen_work_.resize(static_cast<std::size_t>(blas::eigen_work_size(d_)));
        integer_work_.resize(static_cast<std::size_t>(blas::eigen_integer_work_size(d_)));
        values_.resize(static_cast<std::size_t>(d_));
        double *vectors = scratch();
        for (Index i = 0; i < d_; ++i)
            for (Index j = 0; j < d_; ++j)
                vectors[i * d_ + j] = covariance[i * d_ + j] / std::sqrt(floor[i]) / std::sqrt(floor[j]);
        if (!blas::symmetric_eigen(vectors, d_, values_.data(), eigen_work_.data(), integer_work_.data())) return false;
        if (values_[0] >= 1) return true;
        // Adding (1 - value) v v^T for the low eigenvalues only leaves the healthy directions untouched.
        for (Index k = 0; k < d_ && values_[k] < 1; ++k) {
            const double *vector = vectors + k * d_;
            for (Index i = 0; i < d_; ++i) {
                const double multiplier = (1 - values_[k]) * vector[i] * std::sqrt(floor[i]);
                for (Index j = 0; j <= i; ++j) covariance[i * d_ + j] += multiplier * vector[j] * std::sqrt(floor[j]);
            }
        }
        for (Index i = 0; i < d_; ++i)
            for (Index j = 0; j < i; ++j) covariance[j * d_ + i] = covariance[i * d_ + j];
        return true;
    }

    double *scratch() {
        if (work_ == nullptr) return few_;
        void *memory = work_.get();
        std::size_t room = static_cast<std::size_t>(factor_scratch_size(d_) + line) * sizeof(double);
        return static_cast<double *>(std::align(line * sizeof(double), sizeof(double), memory, room));
    }

    static constexpr Index line = 8;  ///< doubles of a cache line

    Index d_;
    const Worker *worker_;
    std::unique_ptr<double[]> work_;  ///< not set to zero, which would take as long as a small factorisation
    alignas(64) double few_[factor_scratch_size(line)];  ///< as much as few columns need
    std::vector<double> eigen_work_, values_;
    std::vector<std::int64_t> integer_work_;
};

}  // namespace semigen

// A covariance becomes an inverse Cholesky factor, with a floor under the variance in every direction.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "semigen/blas.hpp"
#include "semigen/parallel.hpp"
#include "semigen/views.hpp"

namespace semigen {

/// Above this dimension factorisations go to LAPACK; below, the call would cost more than the arithmetic.
constexpr Index lapack_dimension = 64;

/// Above this dimension covariances are factorised side by side, and LAPACK (raising eigenvalues needs it in any
/// dimension) may be called from several threads.
constexpr Index parallel_lapack_dimension = 32;

/// Cholesky's elimination of the first `count` of d columns, on the upper triangle: row k becomes that of R, where
/// R^T R is the part eliminated, and what is below turns into the Schur complement, the covariance given those columns.
/// False if that part is not positive definite. Inner loops are contiguous.
inline bool eliminate(double *upper, Index d, Index count) {
    for (Index k = 0; k < count; ++k) {
        double *pivot_row = upper + k * d;
        if (!(pivot_row[k] > 0)) return false;
        const double scale = 1 / std::sqrt(pivot_row[k]);
        for (Index j = k; j < d; ++j) pivot_row[j] *= scale;
        for (Index i = k + 1; i < d; ++i) {
            double *row = upper + i * d;
            const double multiplier = pivot_row[i];
            for (Index j = i; j < d; ++j) row[j] -= multiplier * pivot_row[j];
        }
    }
    return true;
}

/// The inverse of R^T, lower, for the first `count` rows and columns of R, by forward substitution.
inline void invert_transposed(const double *upper, Index d, Index count, double *inverse) {
    for (Index i = 0; i < count; ++i) {
        double *row = inverse + i * count;
        std::fill(row, row + count, 0.0);
        row[i] = 1;
        for (Index k = 0; k < i; ++k) {
            const double *solved = inverse + k * count;
            const double multiplier = upper[k * d + i];
            for (Index j = 0; j <= k; ++j) row[j] -= multiplier * solved[j];
        }
        const double scale = 1 / upper[i * d + i];
        for (Index j = 0; j <= i; ++j) row[j] *= scale;
    }
}

/// Factorises d x d covariances. Owns its scratch, so that a fit allocates once.
class CovarianceFactoriser {
public:
    /// A worker that is to stop makes it give up (as if the covariance were singular) between calls of LAPACK.
    explicit CovarianceFactoriser(Index d, const Worker *worker = nullptr)
        : d_(d), worker_(worker), work_(static_cast<std::size_t>(d * d)) {}

    /// P with P^T P = covariance^-1, lower, row-major. False if the covariance is not positive definite.
    bool invert(const double *covariance, double *factor) {
        return d_ > lapack_dimension ? invert_by_lapack(covariance, factor) : invert_by_rows(covariance, factor);
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
    bool surely_above(const double *covariance, const double *factor, const double *floor) const {
        double trace = 0;
        for (Index i = 0; i < d_; ++i) {
            const double *row = factor + i * d_;
            if (covariance[i * d_ + i] == floor[i] && stands_alone(covariance, i)) continue;
            for (Index j = 0; j <= i; ++j) trace += row[j] * row[j] * floor[j];
        }
        return trace <= 1;
    }

    bool stands_alone(const double *covariance, Index column) const {
        for (Index i = 0; i < d_; ++i)
            if (i != column && covariance[i * d_ + column] != 0) return false;
        return true;
    }

    bool invert_by_rows(const double *covariance, double *factor) {
        double *upper = work_.data();
        for (Index k = 0; k < d_; ++k)
            for (Index j = k; j < d_; ++j) upper[k * d_ + j] = covariance[k * d_ + j];
        if (!eliminate(upper, d_, d_)) return false;
        invert_transposed(upper, d_, d_, factor);
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
        double *vectors = work_.data();
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

    Index d_;
    const Worker *worker_;
    std::vector<double> work_, eigen_work_, values_;
    std::vector<std::int64_t> integer_work_;
};

}  // namespace semigen

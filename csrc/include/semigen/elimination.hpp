// Cholesky's elimination of some of the columns of a covariance: the others' covariance given these is left.
#pragma once

#include <algorithm>
#include <cmath>

#include "semigen/views.hpp"

namespace semigen {

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

}  // namespace semigen

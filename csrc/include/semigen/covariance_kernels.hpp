// Kernels for one covariance at a time, as a table of function pointers; part of the table of an instruction set.
#pragma once

#include "semigen/views.hpp"

namespace semigen {

/// Rows of the matrices that these kernels work in lie so far apart: whole cache lines, an odd number of them, lest a
/// column falls into few sets of the first-level cache.
constexpr Index factor_stride(Index d) { return ((d + 7) / 8 | 1) * 8; }

/// Doubles of scratch that the kernels need, aligned to 64 bytes.
constexpr Index factor_scratch_size(Index d) { return (d + 7) / 8 * 8 * factor_stride(d); }

struct CovarianceKernels {
    Index largest_dimension;  ///< above it LAPACK is faster
    /// P with P^T P = covariance^-1, lower, from the upper triangle of the covariance. False if that is not positive
    /// definite.
    bool (*invert)(const double *covariance, Index d, double *factor, double *scratch);
    /// The sum of squares of P L, both lower triangles.
    double (*squares_of_product)(const double *factor, const double *root, Index d, double *scratch);
};

/// Those of the table in use.
const CovarianceKernels &active_covariance_kernels();

}  // namespace semigen

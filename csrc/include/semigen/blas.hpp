// BLAS and LAPACK as a table of function pointers that the host fills in; nothing is linked.
//
// The routines follow Fortran conventions (column-major, everything by pointer). Their integers have 4 or 8 bytes,
// which the table says. Our matrices are row-major: to Fortran they are the transposes.
#pragma once

#include <cstdint>

#include "semigen/views.hpp"

namespace semigen {

struct BlasTable {
    int integer_bytes = 0;  ///< 4 (LP64), 8 (ILP64), or 0 while the table is empty
    void *dgemm = nullptr;
    void *dtrmm = nullptr, *strmm = nullptr;
    void *dsyrk = nullptr, *ssyrk = nullptr;
    void *dpotrf = nullptr, *dtrtri = nullptr, *dsyevd = nullptr;
};

/// The table in use. Filled once, before any computation.
BlasTable &blas_table();

namespace blas {

/// Throws std::bad_alloc unless so many threads may call BLAS at the same time.
///
/// OpenBLAS maps a buffer of 32 MB for each of them, keeps it, and ends the process where it cannot have it.
void require_room(int callers);

/// y_r <- P y_r for each of `count` row vectors, P a row-major lower triangle.
void multiply_lower(const double *triangle, Index d, double *vectors, Index count);
void multiply_lower(const float *triangle, Index d, float *vectors, Index count);

/// The lower triangle (row-major) of the sum of outer products of `count` row vectors, overwriting `product`.
void outer_products(const double *vectors, Index count, Index d, double *product);
void outer_products(const float *vectors, Index count, Index d, float *product);

/// product += left right, all row-major: rows x inner, inner x columns, rows x columns.
void add_product(const double *left, const double *right, Index rows, Index inner, Index columns, double *product);

/// Cholesky factor in the row-major lower triangle; false if the matrix is not positive definite.
bool cholesky_lower(double *matrix, Index d);

/// Inverse of a row-major lower triangle, in place; false if it is singular.
bool invert_lower(double *matrix, Index d);

/// Sizes of the workspaces that symmetric_eigen needs.
constexpr Index eigen_work_size(Index d) { return 1 + 6 * d + 2 * d * d; }
constexpr Index eigen_integer_work_size(Index d) { return 3 + 5 * d; }

/// Eigenvalues (ascending) and eigenvectors (as rows) of a symmetric matrix, which the vectors overwrite.
bool symmetric_eigen(double *matrix, Index d, double *values, double *work, std::int64_t *integer_work);

}  // namespace blas
}  // namespace semigen

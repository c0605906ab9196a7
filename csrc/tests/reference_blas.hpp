// The BLAS and LAPACK routines of BlasTable, as their definitions read: column-major, everything by pointer.
//
// They take the arguments that semigen passes and stop the program at any other. Integer is what the library calls an
// integer, so that both widths are tested; a pointer to the wrong one is for the sanitizers to find.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "semigen/blas.hpp"

namespace reference {

using semigen::Index;

inline void expect(bool condition, const char *what) {
    if (condition) return;
    std::fprintf(stderr, "reference BLAS: unexpected %s\n", what);
    std::abort();
}

/// Column-major access.
template <class T>
struct Columns {
    T *data;
    Index leading;
    T &operator()(Index i, Index j) const { return data[i + j * leading]; }
};

/// C <- C + A B.
template <class Integer>
void gemm(char *transa, char *transb, Integer *rows, Integer *columns, Integer *inner, double *alpha, double *left,
          Integer *lda, double *right, Integer *ldb, double *beta, double *product, Integer *ldc) {
    expect(*transa == 'N' && *transb == 'N' && *alpha == 1 && *beta == 1, "option of gemm");
    expect(*lda >= *rows && *ldb >= *inner && *ldc >= *rows, "size in gemm");
    const Columns<double> a{left, *lda}, b{right, *ldb}, c{product, *ldc};
    for (Index j = 0; j < *columns; ++j)
        for (Index i = 0; i < *rows; ++i)
            for (Index k = 0; k < *inner; ++k) c(i, j) += a(i, k) * b(k, j);
}

/// B <- A^T B with A upper triangular.
template <class T, class Integer>
void trmm(char *side, char *uplo, char *transa, char *diag, Integer *rows, Integer *columns, T *alpha, T *triangle,
          Integer *lda, T *values, Integer *ldb) {
    expect(*side == 'L' && *uplo == 'U' && *transa == 'T' && *diag == 'N' && *alpha == 1, "option of trmm");
    expect(*rows >= 0 && *columns >= 0 && *lda >= *rows && *ldb >= *rows, "size in trmm");
    const Columns<T> a{triangle, *lda}, b{values, *ldb};
    for (Index column = 0; column < *columns; ++column)
        for (Index i = *rows - 1; i >= 0; --i) {
            T sum = 0;
            for (Index k = 0; k <= i; ++k) sum += a(k, i) * b(k, column);
            b(i, column) = sum;
        }
}

/// Upper triangle of C <- A A^T; C is not read.
template <class T, class Integer>
void syrk(char *uplo, char *trans, Integer *order, Integer *inner, T *alpha, T *factor, Integer *lda, T *beta,
          T *product, Integer *ldc) {
    expect(*uplo == 'U' && *trans == 'N' && *alpha == 1 && *beta == 0, "option of syrk");
    expect(*order >= 0 && *inner >= 0 && *lda >= *order && *ldc >= *order, "size in syrk");
    const Columns<T> a{factor, *lda}, c{product, *ldc};
    for (Index j = 0; j < *order; ++j)
        for (Index i = 0; i <= j; ++i) {
            T sum = 0;
            for (Index k = 0; k < *inner; ++k) sum += a(i, k) * a(j, k);
            c(i, j) = sum;
        }
}

/// A = U^T U, overwriting the upper triangle; info is the order of the first minor that is not positive.
template <class Integer>
void potrf(char *uplo, Integer *order, double *matrix, Integer *lda, Integer *info) {
    expect(*uplo == 'U' && *lda >= *order, "argument of potrf");
    const Columns<double> a{matrix, *lda};
    *info = 0;
    for (Index j = 0; j < *order; ++j) {
        for (Index i = 0; i <= j; ++i) {
            double sum = a(i, j);
            for (Index k = 0; k < i; ++k) sum -= a(k, i) * a(k, j);
            if (i < j) {
                a(i, j) = sum / a(i, i);
            } else if (sum > 0) {
                a(j, j) = std::sqrt(sum);
            } else {
                *info = static_cast<Integer>(j + 1);
                return;
            }
        }
    }
}

/// The inverse of an upper triangle, in place; info is the place of the first zero on the diagonal.
template <class Integer>
void trtri(char *uplo, char *diag, Integer *order, double *matrix, Integer *lda, Integer *info) {
    expect(*uplo == 'U' && *diag == 'N' && *lda >= *order, "argument of trtri");
    const Columns<double> a{matrix, *lda};
    *info = 0;
    for (Index j = 0; j < *order; ++j)
        if (a(j, j) == 0) {
            *info = static_cast<Integer>(j + 1);
            return;
        }
    for (Index j = 0; j < *order; ++j) {
        a(j, j) = 1 / a(j, j);
        for (Index i = 0; i < j; ++i) {  // columns before j are inverted already, column j is not
            double sum = 0;
            for (Index k = i; k < j; ++k) sum += a(i, k) * a(k, j);
            a(i, j) = -sum * a(j, j);
        }
    }
}

/// Eigenvalues, ascending, and eigenvectors as columns, by cyclic Jacobi rotations. Reads the upper triangle.
template <class Integer>
void syevd(char *jobz, char *uplo, Integer *order, double *matrix, Integer *lda, double *values, double *work,
           Integer *work_size, Integer *integer_work, Integer *integer_work_size, Integer *info) {
    const Index d = *order;
    expect(*jobz == 'V' && *uplo == 'U' && *lda == d, "argument of syevd");
    expect(*work_size >= 1 + 6 * d + 2 * d * d && *integer_work_size >= 3 + 5 * d, "workspace of syevd");
    work[*work_size - 1] = 0;  // a workspace smaller than it claims is for the sanitizers to find
    integer_work[*integer_work_size - 1] = 0;
    std::vector<double> copy(static_cast<std::size_t>(d * d)), identity(copy.size(), 0.0);
    const Columns<double> a{copy.data(), d}, v{identity.data(), d}, out{matrix, d};
    for (Index j = 0; j < d; ++j) {
        v(j, j) = 1;
        for (Index i = 0; i <= j; ++i) a(i, j) = a(j, i) = out(i, j);
    }
    const auto rotate = [d](const Columns<double> &m, Index p, Index q, double c, double s, bool rows) {
        for (Index k = 0; k < d; ++k) {
            double &first = rows ? m(p, k) : m(k, p), &second = rows ? m(q, k) : m(k, q);
            const double old = first;
            first = c * old - s * second;
            second = s * old + c * second;
        }
    };
    bool settled = false;
    for (int sweep = 0; sweep < 60 && !settled; ++sweep) {
        settled = true;
        for (Index p = 0; p < d; ++p)
            for (Index q = p + 1; q < d; ++q) {
                if (std::abs(a(p, q)) <= 1e-17 * std::sqrt(std::abs(a(p, p) * a(q, q)))) continue;
                settled = false;
                const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
                const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
                const double c = 1 / std::hypot(t, 1.0), s = t * c;
                rotate(a, p, q, c, s, false);
                rotate(a, p, q, c, s, true);
                rotate(v, p, q, c, s, false);
                a(p, q) = a(q, p) = 0;
            }
    }
    std::vector<std::pair<double, Index>> ascending;
    for (Index j = 0; j < d; ++j) ascending.emplace_back(a(j, j), j);
    std::sort(ascending.begin(), ascending.end());
    for (Index j = 0; j < d; ++j) {
        values[j] = ascending[j].first;
        for (Index i = 0; i < d; ++i) out(i, j) = v(i, ascending[j].second);
    }
    *info = 0;
}

template <class Integer>
semigen::BlasTable table() {
    const auto address = [](auto *routine) { return reinterpret_cast<void *>(routine); };
    semigen::BlasTable table;
    table.integer_bytes = sizeof(Integer);
    table.dgemm = address(&gemm<Integer>);
    table.dtrmm = address(&trmm<double, Integer>);
    table.strmm = address(&trmm<float, Integer>);
    table.dsyrk = address(&syrk<double, Integer>);
    table.ssyrk = address(&syrk<float, Integer>);
    table.dpotrf = address(&potrf<Integer>);
    table.dtrtri = address(&trtri<Integer>);
    table.dsyevd = address(&syevd<Integer>);
    return table;
}

/// Makes semigen call these routines, with integers of 4 bytes (LP64) or 8 (ILP64).
inline void install(int integer_bytes) {
    semigen::blas_table() = integer_bytes == 8 ? table<std::int64_t>() : table<std::int32_t>();
}

constexpr int integer_widths[] = {4, 8};

}  // namespace reference

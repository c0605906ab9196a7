// Inverse Cholesky factors, and products of triangles, of matrices that stay in the caches.
#pragma once

#include "semigen/covariance_kernels.hpp"
#include "semigen/simd/lanes.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Rows that are eliminated together. A tile is so many rows of one vector: enough sums to hide the latency of a fused
/// multiply-add, and few enough to stay in registers.
constexpr Index panel = 8;

template <int Rows>
struct RowTile {
    Vector<double> row[Rows] = {};
};

/// tile_a = sum over k of left[k * step + a * stride] * right[k * right_stride] and the lanes after it.
template <int Rows>
[[gnu::always_inline]] inline RowTile<Rows> multiply_rows(const double *left, Index step, Index stride,
                                                          const double *right, Index right_stride, Index count) {
    RowTile<Rows> tile;
    for (Index k = 0; k < count; ++k, left += step, right += right_stride) {
        const Vector<double> lanes = load(right);
#pragma GCC unroll 8
        for (int a = 0; a < Rows; ++a) tile.row[a] += left[a * stride] * lanes;
    }
    return tile;
}

/// Turns the upper triangle of a matrix R^T R, zeros below, into R^-T, lower. Only the first `count` rows and columns
/// are there. False if the matrix is not positive definite.
///
/// Row k holds that of R from column k on, and before it that of the inverse as far as it is known.
template <int Size>
[[gnu::always_inline]] inline bool invert_root(double (&block)[Size][Size], Index count = Size) {
#pragma GCC unroll 8
    for (Index k = 0; k < Size; ++k) {
        if (k == count) break;
        if (!(block[k][k] > 0)) return false;
        const double scale = 1 / __builtin_sqrt(block[k][k]);
        block[k][k] = 1;
#pragma GCC unroll 8
        for (Index j = 0; j < Size; ++j) block[k][j] *= scale;
#pragma GCC unroll 8
        for (Index i = k + 1; i < Size; ++i) {
            const double multiplier = block[k][i];
#pragma GCC unroll 8
            for (Index j = 0; j < Size; ++j)
                if (j <= k || j >= i) block[i][j] -= multiplier * block[k][j];
        }
#pragma GCC unroll 8
        for (Index j = k + 1; j < Size; ++j) block[k][j] = 0;
    }
    return true;
}

/// `invert_covariance` for few columns, which stay in registers.
template <int Size>
inline bool invert_small(const double *covariance, double *factor) {
    double block[Size][Size] = {};
    for (Index i = 0; i < Size; ++i)
        for (Index j = i; j < Size; ++j) block[i][j] = covariance[i * Size + j];
    if (!invert_root<Size>(block)) return false;
    __builtin_memcpy(factor, block, sizeof block);
    return true;
}

/// rows_j <- inverse * (rows_j - known) for the lanes of a panel of rows from column j on, `inverse` a lower triangle.
[[gnu::always_inline]] inline void solve_rows(const double (&inverse)[panel][panel], const RowTile<panel> &known,
                                              bool is_zero, double *rows, Index stride) {
    Vector<double> rest[panel];
#pragma GCC unroll 8
    for (Index a = 0; a < panel; ++a) rest[a] = is_zero ? -known.row[a] : load(rows + a * stride) - known.row[a];
#pragma GCC unroll 8
    for (Index a = 0; a < panel; ++a) {
        Vector<double> solved = inverse[a][0] * rest[0];
#pragma GCC unroll 8
        for (Index b = 1; b <= a; ++b) solved += inverse[a][b] * rest[b];
        store(rows + a * stride, solved);
    }
}

/// P with P^T P = covariance^-1; see CovarianceKernels.
///
/// Elimination turns (Sigma | I) into (R | P), R^T R = Sigma, one panel of rows after the other. `work` holds both: R
/// right of the diagonal blocks, P left of them and in them.
inline bool invert_covariance(const double *covariance, Index d, double *factor, double *work) {
    switch (d) {
        case 1: return invert_small<1>(covariance, factor);
        case 2: return invert_small<2>(covariance, factor);
        case 3: return invert_small<3>(covariance, factor);
        case 4: return invert_small<4>(covariance, factor);
        default: break;
    }
    const Index stride = factor_stride(d), padded = (d + panel - 1) / panel * panel;
    for (Index i = 0; i < padded; ++i) {
        const Index begin = i / panel * panel, end = i < d ? d : begin;
        for (Index j = begin; j < end; ++j) work[i * stride + j] = covariance[i * d + j];
        for (Index j = end; j < padded; ++j) work[i * stride + j] = 0;
    }
    for (Index first = 0; first < d; first += panel) {
        const double *above = work + first;  // R of the panels before, the columns of this one
        double *rows = work + first * stride;
        double block[panel][panel];
        for (Index j = 0; j < panel; j += width<double>) {
            const auto known = multiply_rows<panel>(above, stride, 1, above + j, stride, first);
            for (Index a = 0; a < panel; ++a) store(&block[a][j], load(rows + a * stride + first + j) - known.row[a]);
        }
        for (Index a = 0; a < panel; ++a)
            for (Index b = 0; b < a; ++b) block[a][b] = 0;
        if (!invert_root<panel>(block, d - first)) return false;
        for (Index j = 0; j < first; j += width<double>) {
            const Index begin = j / panel * panel * stride;
            const auto known =
                multiply_rows<panel>(above + begin, stride, 1, work + begin + j, stride, first - j / panel * panel);
            solve_rows(block, known, true, rows + j, stride);
        }
        for (Index j = first + panel; j < d; j += width<double>)
            solve_rows(block, multiply_rows<panel>(above, stride, 1, work + j, stride, first), false, rows + j, stride);
        for (Index a = 0; a < panel; ++a) __builtin_memcpy(rows + a * stride + first, block[a], sizeof block[a]);
    }
    for (Index i = 0; i < d; ++i) {
        const Index end = (i + panel) / panel * panel < d ? (i + panel) / panel * panel : d;
        for (Index j = 0; j < end; ++j) factor[i * d + j] = work[i * stride + j];
        for (Index j = end; j < d; ++j) factor[i * d + j] = 0;
    }
    return true;
}

/// Squares of the rows of P L from `first` on, Rows at a time, then the rest.
template <int Rows>
inline double squares_of_rows(const double *factor, Index d, Index first, const double *root, Index stride) {
    Vector<double> squares{};
    for (; first + Rows <= d; first += Rows)
        for (Index j = 0; j < first + Rows; j += width<double>) {
            const auto tile =
                multiply_rows<Rows>(factor + first * d + j, 1, d, root + j * stride + j, stride, first + Rows - j);
#pragma GCC unroll 8
            for (int a = 0; a < Rows; ++a) squares += tile.row[a] * tile.row[a];
        }
    double sum = sum_of_lanes<double>(squares);
    if constexpr (Rows > 1) sum += squares_of_rows<Rows / 2>(factor, d, first, root, stride);
    return sum;
}

/// The sum of squares of P L. See CovarianceKernels.
inline double squares_of_product(const double *factor, const double *root, Index d, double *padded) {
    if (d <= 4) {
        double sum = 0;
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j <= i; ++j) {
                double entry = 0;
                for (Index k = j; k <= i; ++k) entry += factor[i * d + k] * root[k * d + j];
                sum += entry * entry;
            }
        return sum;
    }
    const Index stride = factor_stride(d);
    for (Index i = 0; i < d; ++i) {
        const Index end = (i + panel) / panel * panel;
        for (Index j = 0; j <= i; ++j) padded[i * stride + j] = root[i * d + j];
        for (Index j = i + 1; j < end; ++j) padded[i * stride + j] = 0;
    }
    return squares_of_rows<panel>(factor, d, 0, padded, stride);
}

}  // namespace semigen::SEMIGEN_TARGET

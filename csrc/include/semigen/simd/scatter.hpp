// Weighted sums of rows and of their outer products, with rows in the lanes.
#pragma once

#include <type_traits>

#include "semigen/model.hpp"
#include "semigen/simd/block.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Rows whose products are summed in one go: they stay in the first-level cache, with their columns where d is
/// moderate.
template <class T>
constexpr Index scatter_rows = 1024 / static_cast<Index>(sizeof(T));

/// From one column of those rows to the next: see block_stride.
template <class T>
constexpr Index scatter_stride = scatter_rows<T> + 64 / static_cast<Index>(sizeof(T));

/// Columns of a scatter tile; its products stay in registers while the rows go by.
constexpr int scatter_tile = 4;

/// Adds the products of `Left` weighted columns (from column i0) with `Right` columns (from j0) to a packed triangle.
template <int Left, int Right, class T>
[[gnu::noinline]] void add_scatter_tile(const T *weighted, Index i0, const T *columns, Index j0, Index stride,
                                        Index rows, double *packed) {
    constexpr Index products = Left * Right, padded = (products + width<T> - 1) / width<T> * width<T>;
    Vector<T> sum[padded] = {};
    const T *right = columns + j0 * stride;
    for (Index r = 0; r < rows; r += width<T>) {
        Vector<T> b[Right];
#pragma GCC unroll 4
        for (int j = 0; j < Right; ++j) b[j] = load(right + j * stride + r);
#pragma GCC unroll 4
        for (int i = 0; i < Left; ++i) {
            const Vector<T> a = load(weighted + i * stride + r);
#pragma GCC unroll 4
            for (int j = 0; j < Right; ++j) sum[i * Right + j] += a * b[j];
        }
    }
    T totals[padded];
#pragma GCC unroll 8
    for (Index p = 0; p < padded; p += width<T>) store(totals + p, sums_of_lanes<T>(sum + p));
    const bool below_diagonal = j0 + Right <= i0 + 1;
#pragma GCC unroll 4
    for (int i = 0; i < Left; ++i) {
        double *to = packed + triangle(i0 + i) + j0;
        if (below_diagonal)
#pragma GCC unroll 4
            for (int j = 0; j < Right; ++j) to[j] += totals[i * Right + j];
        else
            for (int j = 0; j0 + j <= i0 + i; ++j) to[j] += totals[i * Right + j];
    }
}

template <int Left, class T>
inline void add_scatter_rows(const T *weighted, Index i0, const T *columns, Index stride, Index rows, double *packed) {
    Index j = 0;
    for (; j + scatter_tile <= i0 + Left; j += scatter_tile)
        add_scatter_tile<Left, scatter_tile>(weighted, i0, columns, j, stride, rows, packed);
    switch (i0 + Left - j) {
        case 1: add_scatter_tile<Left, 1>(weighted, i0, columns, j, stride, rows, packed); break;
        case 2: add_scatter_tile<Left, 2>(weighted, i0, columns, j, stride, rows, packed); break;
        case 3: add_scatter_tile<Left, 3>(weighted, i0, columns, j, stride, rows, packed); break;
        default: break;
    }
}

/// Scratch for add_moments.
template <class T>
struct ScatterScratch {
    T *columns;   ///< d of them
    T *weighted;  ///< scatter_tile of them

    static Index size(Index d) {
        return Scratch<T>::rounded(d * scatter_stride<T>) + Scratch<T>::rounded(scatter_tile * scatter_stride<T>);
    }

    ScatterScratch(Scratch<T> &scratch, Index d)
        : columns(scratch.take(d * scatter_stride<T>)), weighted(scratch.take(scatter_tile * scatter_stride<T>)) {}
};

/// Writes `Left` columns from column i on, plain and weighted, and adds their weighted sums to first[i...].
template <int Left, class T, class ColumnAt>
inline void write_columns(Index i, Index begin, Index rows, const T *weights, const ColumnAt &column_at,
                          const ScatterScratch<T> &scratch, double *first) {
    constexpr Index stride = scatter_stride<T>;
    decltype(column_at(i)) column[Left];
#pragma GCC unroll 4
    for (int a = 0; a < Left; ++a) column[a] = column_at(i + a);
    T *plain = scratch.columns + i * stride, *weighted = scratch.weighted;
    Vector<T> sum[Left] = {};
    for (Index r = 0; r < rows; r += width<T>) {
        const Vector<T> weight = load(weights + begin + r);
#pragma GCC unroll 4
        for (int a = 0; a < Left; ++a) {
            const Vector<T> x = column[a].lanes(begin + r), product = weight * x;
            store(plain + a * stride + r, x);
            store(weighted + a * stride + r, product);
            sum[a] += product;
        }
    }
#pragma GCC unroll 4
    for (int a = 0; a < Left; ++a) first[i + a] += sum_of_lanes<T>(sum[a]);
}

/// Weighted sums of rows x and of their outer products: first[j] += sum w x_j, packed += lower(sum w x x^T).
///
/// column_at(j).lanes(r) is column j of the rows in the lanes from r on; `rows` is a multiple of width<T>.
template <class T, class ColumnAt>
inline void add_moments(Index d, Index rows, const T *weights, const ColumnAt &column_at,
                        const ScatterScratch<T> &scratch, double *first, double *packed) {
    for (Index begin = 0; begin < rows; begin += scatter_rows<T>) {
        const Index some = rows - begin < scatter_rows<T> ? rows - begin : scatter_rows<T>;
        const auto add = [&](auto left, Index i) {
            constexpr int Left = decltype(left)::value;
            write_columns<Left>(i, begin, some, weights, column_at, scratch, first);
            add_scatter_rows<Left>(scratch.weighted, i, scratch.columns, scatter_stride<T>, some, packed);
        };
        Index i = 0;
        for (; i + scatter_tile <= d; i += scatter_tile) add(std::integral_constant<int, scatter_tile>{}, i);
        switch (d - i) {
            case 1: add(std::integral_constant<int, 1>{}, i); break;
            case 2: add(std::integral_constant<int, 2>{}, i); break;
            case 3: add(std::integral_constant<int, 3>{}, i); break;
            default: break;
        }
    }
}

}  // namespace semigen::SEMIGEN_TARGET

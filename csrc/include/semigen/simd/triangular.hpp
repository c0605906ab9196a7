// The two products that a Gaussian needs, a triangle times rows and a sum of outer products, with rows in the lanes.
#pragma once

#include "semigen/packed_model.hpp"
#include "semigen/simd/lanes.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Vectors of rows that a tile works on at once: with tile_outputs outputs they fill the registers, not more.
template <class T>
constexpr int tile_vectors = SEMIGEN_VECTOR_BYTES >= 64 && sizeof(T) == 8 ? 4 : 2;

/// Rows that a tile works on; divides row_multiple for every instruction set.
template <class T>
constexpr Index tile_rows = tile_vectors<T> * width<T>;

template <class T, int Outputs>
struct Tile {
    Vector<T> value[Outputs][tile_vectors<T>];
};

/// y_a = sum over `columns` of factor[j][a] * x_j for a tile of rows; `x` points to the tile's rows in column 0.
template <int Outputs, class T>
inline Tile<T, Outputs> multiply_tile(const T *factor, Index columns, const T *x, Index stride) {
    Tile<T, Outputs> y{};
    for (Index j = 0; j < columns; ++j, factor += Outputs, x += stride) {
        Vector<T> column[tile_vectors<T>];
#pragma GCC unroll 4
        for (int v = 0; v < tile_vectors<T>; ++v) column[v] = load(x + v * width<T>);
#pragma GCC unroll 4
        for (int a = 0; a < Outputs; ++a)
#pragma GCC unroll 4
            for (int v = 0; v < tile_vectors<T>; ++v) y.value[a][v] += factor[a] * column[v];
    }
    return y;
}

/// Calls use(tile, first_output) for the outputs of a packed d x d triangle times the tile's rows, from the first on.
template <class T, class Use>
inline void multiply_packed(const T *factor, Index d, const T *x, Index stride, Use use) {
    Index i = 0;
    for (; i + tile_outputs <= d; i += tile_outputs) {
        use(multiply_tile<tile_outputs>(factor, i + tile_outputs, x, stride), i);
        factor += tile_outputs * (i + tile_outputs);
    }
    switch (d - i) {
        case 1: use(multiply_tile<1>(factor, d, x, stride), i); break;
        case 2: use(multiply_tile<2>(factor, d, x, stride), i); break;
        case 3: use(multiply_tile<3>(factor, d, x, stride), i); break;
        default: break;
    }
}

/// Columns of a scatter tile; Rows x Columns sums are kept in registers.
constexpr int scatter_tile = 4;

template <int Left, int Right, class T>
struct Products {
    Vector<T> lanes[Left][Right];
};

/// The sums over rows of left_a * right_b, lane by lane; `stride` between columns on both sides.
template <int Left, int Right, class T>
inline Products<Left, Right, T> multiply_columns(const T *left, const T *right, Index stride, Index rows) {
    Products<Left, Right, T> sum{};
    for (Index r = 0; r < rows; r += width<T>) {
        Vector<T> b[Right];
#pragma GCC unroll 4
        for (int j = 0; j < Right; ++j) b[j] = load(right + j * stride + r);
#pragma GCC unroll 4
        for (int i = 0; i < Left; ++i) {
            const Vector<T> a = load(left + i * stride + r);
#pragma GCC unroll 4
            for (int j = 0; j < Right; ++j) sum.lanes[i][j] += a * b[j];
        }
    }
    return sum;
}

/// Adds the products of `left` weighted columns (from column i0) with `right` columns (from j0) to a packed triangle.
template <int Left, int Right, class T>
inline void add_scatter_tile(const T *weighted, Index i0, const T *columns, Index j0, Index stride, Index rows,
                             double *packed) {
    const auto sum = multiply_columns<Left, Right>(weighted, columns + j0 * stride, stride, rows);
#pragma GCC unroll 4
    for (int i = 0; i < Left; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < Right; ++j)
            if (j0 + j <= i0 + i) packed[triangle(i0 + i) + j0 + j] += sum_of_lanes<T>(sum.lanes[i][j]);
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

/// Weighted sums of the rows and of their outer products: first[j] += sum w x_j, packed += lower(sum w x x^T).
///
/// `weighted` is scratch for scatter_tile columns. `first` may be null when only the second moment is wanted.
template <class T>
inline void add_moments(const T *columns, Index d, Index stride, Index rows, const T *weights, T *weighted,
                        double *first, double *packed) {
    for (Index i = 0; i < d; i += scatter_tile) {
        const Index left = d - i < scatter_tile ? d - i : scatter_tile;
        for (Index a = 0; a < left; ++a) {
            Vector<T> sum{};
            for (Index r = 0; r < rows; r += width<T>) {
                const Vector<T> product = load(weights + r) * load(columns + (i + a) * stride + r);
                store(weighted + a * stride + r, product);
                sum += product;
            }
            if (first != nullptr) first[i + a] += sum_of_lanes<T>(sum);
        }
        switch (left) {
            case 1: add_scatter_rows<1>(weighted, i, columns, stride, rows, packed); break;
            case 2: add_scatter_rows<2>(weighted, i, columns, stride, rows, packed); break;
            case 3: add_scatter_rows<3>(weighted, i, columns, stride, rows, packed); break;
            default: add_scatter_rows<scatter_tile>(weighted, i, columns, stride, rows, packed); break;
        }
    }
}

}  // namespace semigen::SEMIGEN_TARGET

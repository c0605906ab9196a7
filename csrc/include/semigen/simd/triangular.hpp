// A packed triangle times rows, with rows in the lanes.
#pragma once

#include "semigen/packed_model.hpp"
#include "semigen/simd/lanes.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Vectors of rows that a tile works on at once: with tile_outputs outputs they fill the registers, not more.
template <class T>
constexpr int tile_vectors = SEMIGEN_VECTOR_BYTES >= 64 ? 4 : 2;

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

/// Calls use(tile, first_output) for the outputs of a packed d x d triangle times the tile's rows, from the output
/// `begin` (a multiple of tile_outputs) to the last, or to the one before `end` (another such multiple).
template <class T, class Use>
inline void multiply_packed(const T *factor, Index begin, Index end, const T *x, Index stride, Use use) {
    Index i = begin;
    factor += packed_triangle_of_tiles(begin);
    for (; i + tile_outputs <= end; i += tile_outputs) {
        use(multiply_tile<tile_outputs>(factor, i + tile_outputs, x, stride), i);
        factor += tile_outputs * (i + tile_outputs);
    }
    switch (end - i) {
        case 1: use(multiply_tile<1>(factor, end, x, stride), i); break;
        case 2: use(multiply_tile<2>(factor, end, x, stride), i); break;
        case 3: use(multiply_tile<3>(factor, end, x, stride), i); break;
        default: break;
    }
}

}  // namespace semigen::SEMIGEN_TARGET

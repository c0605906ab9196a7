// Rows of a block that a component has to see, listed and gathered so that no lane is wasted on the others.
#pragma once

#include "semigen/simd/lanes.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Row numbers within a block. The list is padded by repeating its last row.
struct RowList {
    std::int32_t *rows;
    Index count;
};

/// Lists the rows below `rows` for which chosen(r) is true, padded to a multiple of `multiple`; no branch per row.
template <class Chosen>
inline RowList list_rows(Index rows, Index multiple, std::int32_t *list, Chosen chosen) {
    Index count = 0;
    for (Index r = 0; r < rows; ++r) {
        list[count] = static_cast<std::int32_t>(r);
        count += chosen(r) ? 1 : 0;
    }
    for (Index i = count; count > 0 && i % multiple != 0; ++i) list[i] = list[count - 1];
    return {list, count};
}

/// The listed entries, one to a lane.
template <class T>
inline Vector<T> gather(const T *from, const std::int32_t *list) {
    T lanes[width<T>];
#pragma GCC unroll 16
    for (Index lane = 0; lane < width<T>; ++lane) lanes[lane] = from[list[lane]];
    return load(lanes);
}

/// How many of the values are positive; a multiple of width<T> of them is read.
template <class T>
inline Index count_positive(const T *values, Index rows) {
    Vector<T> positive{};
    for (Index r = 0; r < rows; r += width<T>)
        positive += load(values + r) > Vector<T>{} ? broadcast<T>(1) : Vector<T>{};
    return static_cast<Index>(sum_of_lanes<T>(positive));
}

/// Gathering a row costs about as much as 16 columns of its products: it must leave enough of them out.
inline bool worth_gathering(Index count, Index rows, Index d) { return count * (d + 16) < rows * d; }

}  // namespace semigen::SEMIGEN_TARGET

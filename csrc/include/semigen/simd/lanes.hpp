// Vectors of SEMIGEN_VECTOR_BYTES bytes, through the compiler's vector extensions.
//
// Everything under simd/ is compiled once per instruction set, each time into a namespace of its own, SEMIGEN_TARGET:
// were a function shared, the linker could keep the copy that the processor cannot run. For the same reason no
// std:: template is used there that might leave a symbol behind.
#pragma once

#include <utility>

#include "semigen/views.hpp"

#ifndef SEMIGEN_TARGET
#define SEMIGEN_TARGET baseline
#endif
#ifndef SEMIGEN_VECTOR_BYTES
#define SEMIGEN_VECTOR_BYTES 16
#endif

namespace semigen::SEMIGEN_TARGET {

template <class T, int Bytes>
struct VectorOf {
    using type [[gnu::vector_size(Bytes)]] = T;
};

template <class T>
using Vector = typename VectorOf<T, SEMIGEN_VECTOR_BYTES>::type;

template <class T>
constexpr Index width = SEMIGEN_VECTOR_BYTES / static_cast<Index>(sizeof(T));

template <class T>
inline Vector<T> load(const T *from) {
    Vector<T> value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

template <class T>
inline void store(T *to, Vector<T> value) {
    __builtin_memcpy(to, &value, sizeof value);
}

template <class T>
inline Vector<T> broadcast(T value) {
    return value - Vector<T>{};
}

template <class T>
inline Vector<T> larger(Vector<T> a, Vector<T> b) {
    return a > b ? a : b;
}

template <class T>
inline Vector<T> smaller(Vector<T> a, Vector<T> b) {
    return a < b ? a : b;
}

/// Sum of the lanes, always in the same order. A plain loop, which compilers turn into what the processor has; taking
/// halves through memory would keep the vectors of the caller out of registers. Always inline: a function that takes a
/// vector by value leaves the upper halves of registers in use, and GCC does not clear them where its caller returns,
/// which makes scalar code run at a tenth of its speed from there on.
template <class T>
[[gnu::always_inline]] inline T sum_of_lanes(Vector<T> value) {
    T sum[width<T>];
#pragma GCC unroll 16
    for (Index lane = 0; lane < width<T>; ++lane) sum[lane] = value[lane];
#pragma GCC unroll 4
    for (Index half = width<T> / 2; half > 0; half /= 2)
#pragma GCC unroll 8
        for (Index lane = 0; lane < half; ++lane) sum[lane] += sum[lane + half];
    return sum[0];
}

/// Lane p is a[p] + a[p ^ Half] where bit Half of p is clear, b[p] + b[p ^ Half] where it is set.
template <class T, Index Half, Index... P>
inline Vector<T> fold_pair(Vector<T> a, Vector<T> b, std::integer_sequence<Index, P...>) {
    constexpr Index other = width<T>;  // lanes of b are numbered after those of a
    return __builtin_shufflevector(a, b, (P + (P & Half ? other : 0))...) +
           __builtin_shufflevector(a, b, ((P ^ Half) + (P & Half ? other : 0))...);
}

/// Sums the lanes of each of width<T> vectors: lane i of values[0] becomes the sum of the lanes of values[i].
///
/// Halving all vectors together takes one sum per vector instead of one per vector and level.
template <class T, Index Half = width<T> / 2>
[[gnu::always_inline]] inline Vector<T> sums_of_lanes(Vector<T> *values) {
#pragma GCC unroll 8
    for (Index i = 0; i < Half; ++i)
        values[i] = fold_pair<T, Half>(values[i], values[i + Half], std::make_integer_sequence<Index, width<T>>{});
    if constexpr (Half > 1)
        return sums_of_lanes<T, Half / 2>(values);
    else
        return values[0];
}

}  // namespace semigen::SEMIGEN_TARGET

// Vectors of SEMIGEN_VECTOR_BYTES bytes, through the compiler's vector extensions.
//
// Everything under simd/ is compiled once per instruction set, each time into a namespace of its own, SEMIGEN_TARGET:
// were a function shared, the linker could keep the copy that the processor cannot run. For the same reason no
// std:: template is used there that might leave a symbol behind.
#pragma once

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

/// Sum of the lanes, always in the same order: halves are added until two lanes are left.
template <class T, int Bytes = SEMIGEN_VECTOR_BYTES>
inline T sum_of_lanes(typename VectorOf<T, Bytes>::type value) {
    if constexpr (Bytes == 2 * sizeof(T)) {
        return value[0] + value[1];
    } else {
        typename VectorOf<T, Bytes / 2>::type low, high;
        __builtin_memcpy(&low, &value, Bytes / 2);
        __builtin_memcpy(&high, reinterpret_cast<const char *>(&value) + Bytes / 2, Bytes / 2);
        return sum_of_lanes<T, Bytes / 2>(low + high);
    }
}

}  // namespace semigen::SEMIGEN_TARGET

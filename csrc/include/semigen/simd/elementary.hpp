// exp and log on vectors, accurate to about one unit in the last place where the mixture uses them.
#pragma once

#include <cstdint>
#include <type_traits>

#include "semigen/simd/lanes.hpp"

namespace semigen::SEMIGEN_TARGET {

template <class T>
struct FloatFormat;

template <>
struct FloatFormat<double> {
    using Bits = std::int64_t;
    static constexpr int mantissa_bits = 52;
    static constexpr Bits exponent_bias = 1023;
    static constexpr Bits mantissa_mask = 0x000FFFFFFFFFFFFF;
    static constexpr Bits bits_of_one = 0x3FF0000000000000;
    static constexpr double round_to_integer = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
    static constexpr double smallest_exponent = -708.0;
    static constexpr double log2_e = 1.4426950408889634;
    static constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
    static constexpr int exp_degree = 13, log_terms = 11;
};

template <>
struct FloatFormat<float> {
    using Bits = std::int32_t;
    static constexpr int mantissa_bits = 23;
    static constexpr Bits exponent_bias = 127;
    static constexpr Bits mantissa_mask = 0x007FFFFF;
    static constexpr Bits bits_of_one = 0x3F800000;
    static constexpr float round_to_integer = 12582912.0f;
    static constexpr float smallest_exponent = -87.0f;
    static constexpr float log2_e = 1.4426950408889634f;
    static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    static constexpr int exp_degree = 7, log_terms = 5;
};

/// 1/0!, 1/1!, ... : the Taylor series of exp, which on |r| <= ln(2)/2 is exact to rounding at the degrees above.
template <class T, int Degree>
struct InverseFactorials {
    T value[Degree + 1];
    constexpr InverseFactorials() : value{} {
        double factorial = 1;
        for (int i = 0; i <= Degree; ++i) {
            factorial *= i > 0 ? i : 1;
            value[i] = static_cast<T>(1 / factorial);
        }
    }
};

/// exp(x) for x <= 700; 0 where x lies below `smallest`, at the latest where the result would not be normal.
template <class T>
inline Vector<T> exponential(Vector<T> x, T smallest) {
    using Format = FloatFormat<T>;
    using BitVector = Vector<std::make_unsigned_t<typename Format::Bits>>;  // lanes below the limit wrap around
    static constexpr InverseFactorials<T, Format::exp_degree> taylor{};
    const Vector<T> shifted = x * Format::log2_e + Format::round_to_integer;
    const Vector<T> power = shifted - Format::round_to_integer;
    Vector<T> r = x - power * Format::ln2_high;
    r = r - power * Format::ln2_low;
    Vector<T> sum = broadcast<T>(taylor.value[Format::exp_degree]);
#pragma GCC unroll 16
    for (int i = Format::exp_degree - 1; i >= 0; --i) sum = sum * r + taylor.value[i];
    // The integer sits in the low bits of `shifted`; moved into the exponent field it multiplies by 2^power.
    const BitVector bits = (BitVector)sum + ((BitVector)shifted << Format::mantissa_bits);
    return x < smallest ? Vector<T>{} : (Vector<T>)bits;
}

template <class T>
inline Vector<T> exponential(Vector<T> x) {
    return exponential<T>(x, FloatFormat<T>::smallest_exponent);
}

/// log(x) for normal x > 0: log(2^e m) = e log 2 + 2 artanh((m - 1) / (m + 1)) with m in [1/sqrt 2, sqrt 2).
template <class T>
inline Vector<T> logarithm(Vector<T> x) {
    using Format = FloatFormat<T>;
    using BitVector = Vector<typename Format::Bits>;
    const BitVector bits = (BitVector)x;
    Vector<T> mantissa = (Vector<T>)((bits & Format::mantissa_mask) | Format::bits_of_one);
    BitVector exponent = (bits >> Format::mantissa_bits) - Format::exponent_bias;
    const auto upper = mantissa > static_cast<T>(1.4142135623730951);
    mantissa = upper ? mantissa * static_cast<T>(0.5) : mantissa;
    exponent = exponent - upper;  // a true comparison is -1
    const Vector<T> power = __builtin_convertvector(exponent, Vector<T>);
    const Vector<T> f = mantissa - static_cast<T>(1);
    const Vector<T> s = f / (f + static_cast<T>(2));
    const Vector<T> square = s * s;
    Vector<T> sum = broadcast<T>(static_cast<T>(1.0 / (2 * Format::log_terms + 1)));
#pragma GCC unroll 16
    for (int i = Format::log_terms - 1; i >= 1; --i) sum = sum * square + static_cast<T>(1.0 / (2 * i + 1));
    // 2 artanh(s) = 2s + 2s^3(...), and 2s = f - s f: the leading term stays exact when x is near 1.
    const Vector<T> correction = s * (static_cast<T>(2) * square * sum - f) + power * Format::ln2_low;
    return power * Format::ln2_high + (f + correction);
}

}  // namespace semigen::SEMIGEN_TARGET

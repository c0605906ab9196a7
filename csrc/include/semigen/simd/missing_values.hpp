// NaN in the lanes stands for values that were not measured.
#pragma once

#include "semigen/simd/elementary.hpp"

namespace semigen::SEMIGEN_TARGET {

/// The value where it was measured, `other` where it is missing.
template <class T>
[[gnu::always_inline]] inline Vector<T> measured_or(Vector<T> value, Vector<T> other) {
    return value == value ? value : other;
}

/// What uncorrelated columns of these inverse standard deviations count in a squared distance where they are missing,
/// so that constants may be those of all columns: -log 2 pi sigma^2.
template <class T>
inline void distances_of_missing(const T *inverse_deviations, Index d, T *distances) {
    constexpr T log_two_pi = static_cast<T>(1.8378770664093454836);
    for (Index j = 0; j < d; j += width<T>) {
        const Index some = d - j < width<T> ? d - j : width<T>;
        T lanes[width<T>];
        for (Index lane = 0; lane < width<T>; ++lane) lanes[lane] = lane < some ? inverse_deviations[j + lane] : T{1};
        store(lanes, static_cast<T>(2) * logarithm<T>(load(lanes)) - log_two_pi);
        for (Index lane = 0; lane < some; ++lane) distances[j + lane] = lanes[lane];
    }
}

}  // namespace semigen::SEMIGEN_TARGET

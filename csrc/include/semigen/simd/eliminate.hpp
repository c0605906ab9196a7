// Elimination in small symmetric matrices, one to a lane: what is conditioned on differs from row to row.
#pragma once

#include "semigen/simd/elementary.hpp"
#include "semigen/simd/lanes.hpp"

namespace semigen::SEMIGEN_TARGET {

/// The upper triangles of `size` x `size` matrices, one to a lane, row after row.
struct Triangles {
    double *entries;
    Index size;

    /// Row i; entry j of it, for j >= i, is width<double> * j further on.
    double *row(Index i) const { return entries + i * (2 * size - i - 1) / 2 * width<double>; }

    [[gnu::always_inline]] Vector<double> at(Index i, Index j) const { return load(row(i) + j * width<double>); }

    [[gnu::always_inline]] void set(Index i, Index j, Vector<double> value) const {
        store(row(i) + j * width<double>, value);
    }

    /// Numbers that the triangles take.
    static constexpr Index count(Index size) { return size * (size + 1) / 2 * width<double>; }
};

/// Eliminates the first `count` columns: their rows become D L^T, where L D L^T is the part eliminated, and the Schur
/// complement is left below. Writes the log determinants of that part; false if it is not positive definite in a lane.
inline bool eliminate_lanes(const Triangles &matrix, Index count, double *log_determinants) {
    // The logarithm of a few pivots together: their product is far from overflow.
    constexpr Index pivots_together = 4;
    Vector<double> log_determinant{}, indefinite{}, product = broadcast(1.0);
    for (Index k = 0; k < count; ++k) {
        const double *pivots = matrix.row(k);
        const Vector<double> pivot = matrix.at(k, k), inverse = 1.0 / pivot;
        indefinite += pivot > Vector<double>{} ? Vector<double>{} : broadcast(1.0);
        product *= pivot;
        if (k + 1 == count || (k + 1) % pivots_together == 0) {
            log_determinant += logarithm<double>(product);
            product = broadcast(1.0);
        }
        for (Index i = k + 1; i < matrix.size; ++i) {
            const Vector<double> multiplier = load(pivots + i * width<double>) * inverse;
            double *row = matrix.row(i);
            for (Index j = i; j < matrix.size; ++j)
                store(row + j * width<double>,
                      load(row + j * width<double>) - multiplier * load(pivots + j * width<double>));
        }
    }
    store(log_determinants, log_determinant);
    return sum_of_lanes<double>(indefinite) == 0;
}

/// Solves A x = b in place, where all columns of A have been eliminated.
inline void solve_eliminated(const Triangles &matrix, Index count, double *x) {
    for (Index k = 0; k < count; ++k) {
        const Vector<double> multiplier = load(x + k * width<double>) / matrix.at(k, k);
        for (Index i = k + 1; i < count; ++i)
            store(x + i * width<double>, load(x + i * width<double>) - matrix.at(k, i) * multiplier);
    }
    for (Index i = count - 1; i >= 0; --i) {
        Vector<double> value = load(x + i * width<double>);
        for (Index k = i + 1; k < count; ++k) value -= matrix.at(i, k) * load(x + k * width<double>);
        store(x + i * width<double>, value / matrix.at(i, i));
    }
}

/// Writes the inverse of the leading part of `matrix` that has been eliminated, as large as `inverse`.
///
/// From L^T A^-1 = D^-1 L^-1, whose right side is lower triangular: the rows of the inverse follow from the last one up
/// (Takahashi, Fagan & Chen, 1973).
inline void invert_eliminated(const Triangles &matrix, const Triangles &inverse) {
    const Index size = inverse.size;
    for (Index i = size - 1; i >= 0; --i) {
        const Vector<double> scale = 1.0 / matrix.at(i, i);
        for (Index k = i + 1; k < size; ++k) matrix.set(i, k, scale * matrix.at(i, k));
        for (Index j = i + 1; j < size; ++j) {
            Vector<double> sum{};
            for (Index k = i + 1; k < j; ++k) sum -= matrix.at(i, k) * inverse.at(k, j);
            for (Index k = j; k < size; ++k) sum -= matrix.at(i, k) * inverse.at(j, k);
            inverse.set(i, j, sum);
        }
        Vector<double> diagonal = scale;
        for (Index k = i + 1; k < size; ++k) diagonal -= matrix.at(i, k) * inverse.at(i, k);
        inverse.set(i, i, diagonal);
    }
}

}  // namespace semigen::SEMIGEN_TARGET

// Small dense matrices, row-major in long double, for tests that need the textbook formula.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "mixtures.hpp"

namespace matrices {

using mixtures::Doubles;
using mixtures::Index;
using mixtures::Random;

struct Matrix {
    Index d;
    std::vector<long double> entries;
    explicit Matrix(Index d) : d(d), entries(static_cast<std::size_t>(d * d), 0) {}
    Matrix(Index d, const double *from) : d(d), entries(from, from + d * d) {}
    long double &operator()(Index i, Index j) { return entries[i * d + j]; }
    long double operator()(Index i, Index j) const { return entries[i * d + j]; }
    Doubles doubles() const { return Doubles(entries.begin(), entries.end()); }
};

inline Matrix transposed(const Matrix &a) {
    Matrix result(a.d);
    for (Index i = 0; i < a.d; ++i)
        for (Index j = 0; j < a.d; ++j) result(j, i) = a(i, j);
    return result;
}

inline Matrix product(const Matrix &a, const Matrix &b) {
    Matrix result(a.d);
    for (Index i = 0; i < a.d; ++i)
        for (Index k = 0; k < a.d; ++k)
            for (Index j = 0; j < a.d; ++j) result(i, j) += a(i, k) * b(k, j);
    return result;
}

inline Matrix cholesky(const Matrix &a) {
    Matrix lower(a.d);
    for (Index i = 0; i < a.d; ++i)
        for (Index j = 0; j <= i; ++j) {
            long double sum = a(i, j);
            for (Index k = 0; k < j; ++k) sum -= lower(i, k) * lower(j, k);
            lower(i, j) = i == j ? std::sqrt(sum) : sum / lower(j, j);
        }
    return lower;
}

inline Matrix inverse_of_lower(const Matrix &lower) {
    Matrix result(lower.d);
    for (Index i = 0; i < lower.d; ++i)
        for (Index j = 0; j <= i; ++j) {
            long double sum = i == j;
            for (Index k = j; k < i; ++k) sum -= lower(i, k) * result(k, j);
            result(i, j) = sum / lower(i, i);
        }
    return result;
}

/// Orthonormal rows, by Gram and Schmidt.
inline Matrix random_rotation(Index d, Random &random) {
    Matrix q(d);
    for (Index i = 0; i < d; ++i) {
        for (Index j = 0; j < d; ++j) q(i, j) = random.normal();
        for (int again = 0; again < 2; ++again)
            for (Index k = 0; k < i; ++k) {
                long double overlap = 0;
                for (Index j = 0; j < d; ++j) overlap += q(i, j) * q(k, j);
                for (Index j = 0; j < d; ++j) q(i, j) -= overlap * q(k, j);
            }
        long double length = 0;
        for (Index j = 0; j < d; ++j) length += q(i, j) * q(i, j);
        for (Index j = 0; j < d; ++j) q(i, j) /= std::sqrt(length);
    }
    return q;
}

/// D Q^T diag(values) Q D with D = diag(sqrt(floor)): in the floor's coordinates these are the eigenvalues.
inline Doubles with_eigenvalues(const Matrix &rotation, const Doubles &values, const Doubles &floor) {
    const Index d = rotation.d;
    Matrix result(d);
    for (Index i = 0; i < d; ++i)
        for (Index j = 0; j <= i; ++j) {
            for (Index k = 0; k < d; ++k) result(i, j) += values[k] * rotation(k, i) * rotation(k, j);
            result(j, i) = result(i, j) *= std::sqrt(static_cast<long double>(floor[i]) * floor[j]);
        }
    return result.doubles();
}

}  // namespace matrices

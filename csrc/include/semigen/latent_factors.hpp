// Latent factors of a row, z ~ N(0, I) with x = mu + Lambda z + noise of variances Psi: what the row says of them.
//
// See families/low_rank.hpp; A is Psi^-1/2 Lambda, of which columns lie one after the other.
#pragma once

#include <cmath>
#include <vector>

#include "semigen/elimination.hpp"
#include "semigen/families/family.hpp"

namespace semigen {

namespace detail {

/// The inner product, as four sums that need not wait for one another.
inline double inner(const double *left, const double *right, Index count) {
    double sum[4] = {};
    Index j = 0;
    for (; j + 4 <= count; j += 4)
        for (Index lane = 0; lane < 4; ++lane) sum[lane] += left[j + lane] * right[j + lane];
    for (; j < count; ++j) sum[0] += left[j] * right[j];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

inline void add_multiple(double multiplier, const double *values, Index count, double *to) {
    for (Index j = 0; j < count; ++j) to[j] += multiplier * values[j];
}

/// P, a lower triangle with P^T P = G = (I + A^T A)^-1.
class LatentRoot {
public:
    LatentRoot(const double *loadings, Shape shape)
        : rank_(shape.rank), upper_(static_cast<std::size_t>(rank_ * rank_)), root_(upper_.size()) {
        const Index d = shape.features;
        for (Index a = 0; a < rank_; ++a)
            for (Index b = a; b < rank_; ++b)
                upper_[a * rank_ + b] = inner(loadings + a * d, loadings + b * d, d) + (a == b ? 1 : 0);
        // I + A^T A is positive definite unless it is beyond floating-point numbers, which shows in what comes of it.
        eliminate(upper_.data(), rank_, rank_);
        invert_transposed(upper_.data(), rank_, rank_, root_.data());
    }

    double operator()(Index a, Index b) const { return root_[a * rank_ + b]; }

    /// G, a q x q matrix.
    std::vector<double> covariance() const {
        std::vector<double> product(root_.size(), 0.0);
        for (Index c = 0; c < rank_; ++c)
            for (Index a = 0; a <= c; ++a)
                for (Index b = 0; b <= c; ++b) product[a * rank_ + b] += (*this)(c, a) * (*this)(c, b);
        return product;
    }

    /// log det P
    double log_determinant() const {
        double sum = 0;
        for (Index a = 0; a < rank_; ++a) sum += std::log((*this)(a, a));
        return sum;
    }

private:
    Index rank_;
    std::vector<double> upper_, root_;
};

/// What a row says of its latent factors: z ~ N(beta (x - mu), G), from the factor of a covariance.
class LatentPosterior {
public:
    LatentPosterior(const double *factor, Shape shape)
        : shape_(shape), latent_(LatentRoot(factor + shape.features, shape).covariance()),
          beta_(static_cast<std::size_t>(shape.rank * shape.features), 0.0) {
        const Index d = shape.features;
        for (Index a = 0; a < shape.rank; ++a) {
            double *row = beta_.data() + a * d;
            for (Index b = 0; b < shape.rank; ++b)
                add_multiple(latent_[a * shape.rank + b], factor + (1 + b) * d, d, row);
            for (Index j = 0; j < d; ++j) row[j] *= factor[j];
        }
    }

    /// Row a of beta.
    const double *row(Index a) const { return beta_.data() + a * shape_.features; }

    /// sum r E[z z^T] = mass G + beta C, a q x q matrix, from the columns of C = sum r (x - mu) z^T.
    std::vector<double> scatter(double mass, const double *products) const {
        const Index d = shape_.features, rank = shape_.rank;
        std::vector<double> sum(latent_.size());
        for (Index a = 0; a < rank; ++a)
            for (Index b = 0; b <= a; ++b) {
                const double one = inner(row(a), products + b * d, d), other = inner(row(b), products + a * d, d);
                sum[a * rank + b] = sum[b * rank + a] = mass * latent_[a * rank + b] + 0.5 * (one + other);
            }
        return sum;
    }

private:
    Shape shape_;
    std::vector<double> latent_, beta_;
};

}  // namespace detail

}  // namespace semigen

// `low_rank`: loadings Lambda (d x q) and a variance Psi of each column for every component,
// Sigma = Lambda Lambda^T + Psi.
//
// These are mixtures of factor analysers (Ghahramani & Hinton, "The EM algorithm for mixtures of factor analyzers",
// technical report CRG-TR-96-1, Toronto 1996; McLachlan & Peel, "Finite mixture models", chapter 8, 2000). A row of a
// component is mu + Lambda z + noise with latent factors z ~ N(0, I), of which it says N(beta (x - mu), G) with
// G = (I + Lambda^T Psi^-1 Lambda)^-1 and beta = G Lambda^T Psi^-1. Since z is linear in x, all that an M step needs
// are the scatter's diagonal and its product with beta^T.
//
// A covariance is Psi and then the columns of Lambda, each of d entries; its factor is Psi^-1/2 and then those of
// A = Psi^-1/2 Lambda; a second moment is sum r (x - mu)^2 and then those of C = sum r (x - mu) z^T.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "semigen/families/family.hpp"
#include "semigen/families/list.hpp"
#include "semigen/latent_factors.hpp"

namespace semigen {

/// Where what the kernels read of a factor lies: entries of T, a multiple of a cache line for each part.
template <class T>
struct PackedLoadings {
    static constexpr Index line = 64 / static_cast<Index>(sizeof(T));
    [[gnu::always_inline]] static constexpr Index rounded(Index count) { return (count + line - 1) / line * line; }

    /// From one row to the next: an odd number of cache lines, lest rows fall into the same few sets of the cache.
    [[gnu::always_inline]] static constexpr Index row_stride(Index d) {
        return rounded(d) / line % 2 == 0 ? rounded(d) + line : rounded(d);
    }

    /// Outputs of the projection that are computed together while `left` are to be done.
    [[gnu::always_inline]] static constexpr Index outputs(Index left) {
        return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    }

    Shape shape;

    // The parts, one after the other: the mean, padded with zeros; Psi^-1/2; the projection Psi^-1/2 A P^T, in tiles;
    // A, the entries of a column together; and P.
    [[gnu::always_inline]] constexpr Index mean() const { return 0; }
    [[gnu::always_inline]] constexpr Index scale() const { return row_stride(shape.features); }
    [[gnu::always_inline]] constexpr Index projection() const { return scale() + rounded(shape.features); }
    [[gnu::always_inline]] constexpr Index loadings() const {
        return projection() + rounded(shape.features * shape.rank);
    }
    [[gnu::always_inline]] constexpr Index root() const { return loadings() + rounded(shape.features * shape.rank); }
    [[gnu::always_inline]] constexpr Index size() const { return root() + rounded(shape.rank * shape.rank); }
};

template <>
struct Traits<Family::low_rank> {
    static constexpr bool dense = false, shared = false, latent = true, whitens_means = false;
    static constexpr Index rank_of(Index entries, Index d) { return std::max<Index>(entries / d - 1, 0); }
    static constexpr Index size(Shape shape) { return (1 + shape.rank) * shape.features; }
    static constexpr Index second_size(Shape shape) { return size(shape); }
    static constexpr Index floor_size(Shape shape) { return shape.features; }

    /// log det P - 1/2 log det Psi
    static double log_determinant(const double *factor, Shape shape) {
        double sum = detail::LatentRoot(factor + shape.features, shape).log_determinant();
        for (Index j = 0; j < shape.features; ++j) sum += std::log(factor[j]);
        return sum;
    }

    template <class T>
    static constexpr Index packed_size(Shape shape) {
        return PackedLoadings<T>{shape}.size();
    }

    template <class T>
    static void pack(const double *factor, const double *mean, Shape shape, T *to) {
        const Index d = shape.features, rank = shape.rank;
        const PackedLoadings<T> packed{shape};
        const double *loadings = factor + d;
        const detail::LatentRoot root(loadings, shape);
        std::fill(to, to + packed.size(), T{0});
        for (Index j = 0; j < d; ++j) {
            to[packed.mean() + j] = static_cast<T>(mean[j]);
            to[packed.scale() + j] = static_cast<T>(factor[j]);
            for (Index a = 0; a < rank; ++a) to[packed.loadings() + j * rank + a] = static_cast<T>(loadings[a * d + j]);
        }
        std::vector<double> turned(static_cast<std::size_t>(d));
        for (Index first = 0, outputs = 0; first < rank; first += outputs) {
            outputs = packed.outputs(rank - first);
            T *tile = to + packed.projection() + first * d;
            for (Index a = first; a < first + outputs; ++a) {
                std::fill(turned.begin(), turned.end(), 0.0);
                for (Index b = 0; b <= a; ++b)
                    for (Index j = 0; j < d; ++j) turned[j] += root(a, b) * loadings[b * d + j];
                for (Index j = 0; j < d; ++j) tile[j * outputs + a - first] = static_cast<T>(factor[j] * turned[j]);
            }
        }
        for (Index a = 0; a < rank; ++a)
            for (Index b = 0; b <= a; ++b) to[packed.root() + a * rank + b] = static_cast<T>(root(a, b));
    }

    /// A step of EM with z as the latent variables, at the new means and the former covariance: the prior counts as
    /// nu rows whose scatter is nu times the target. With C' and S' the sums of rows and prior about the new mean,
    ///
    ///     Lambda = C' ((mass + nu) G + beta C')^-1,   Psi = diag(S' - Lambda C'^T) / (mass + nu).
    ///
    /// For given responsibilities that raises the likelihood, which is what an M step has to do.
    static void estimate(const CovarianceSums &sums, const CovariancePrior &prior, double *covariance, const Worker &) {
        const Index d = sums.shape.features, rank = sums.shape.rank;
        const double nu = prior.pseudo_count, mass = sums.mass[0], total = sums.rows[0] + nu;
        Doubles factor(static_cast<std::size_t>(size(sums.shape)));
        divide_by_deviations(sums.shape, sums.former, factor.data());
        const detail::LatentPosterior posterior(factor.data(), sums.shape);
        Doubles seen(static_cast<std::size_t>(rank), 0.0), across(static_cast<std::size_t>(rank * rank), 0.0);
        for (Index a = 0; a < rank; ++a) {
            seen[a] = detail::inner(posterior.row(a), sums.shifts, d);
            for (Index b = 0; b < rank; ++b)
                across[b * rank + a] = detail::inner(prior.target + (1 + b) * d, posterior.row(a), d);
        }
        Doubles products(static_cast<std::size_t>(rank * d));
        for (Index a = 0; a < rank; ++a) {
            const double *second = sums.second + (1 + a) * d, *beta = posterior.row(a);
            double *product = products.data() + a * d;
            for (Index j = 0; j < d; ++j)
                product[j] = second[j] - mass * sums.shifts[j] * seen[a] + nu * prior.target[j] * beta[j];
            for (Index b = 0; b < rank; ++b)
                detail::add_multiple(nu * across[b * rank + a], prior.target + (1 + b) * d, d, product);
        }
        // The inverse of the latent scatter, as R^-1 R^-T with R^T R the scatter.
        Doubles scatter = posterior.scatter(total, products.data()), inverse(scatter.size());
        eliminate(scatter.data(), rank, rank);
        invert_transposed(scatter.data(), rank, rank, inverse.data());
        Doubles solved(products.size(), 0.0);
        for (Index a = 0; a < rank; ++a)
            for (Index b = 0; b <= a; ++b)
                detail::add_multiple(inverse[a * rank + b], products.data() + b * d, d, &solved[a * d]);
        for (Index j = 0; j < d; ++j)
            covariance[j] = sums.second[j] - mass * sums.shifts[j] * sums.shifts[j] + nu * prior.target[j];
        std::fill(covariance + d, covariance + (1 + rank) * d, 0.0);
        for (Index a = 0; a < rank; ++a) {
            const double *target = prior.target + (1 + a) * d;
            for (Index j = 0; j < d; ++j) covariance[j] += nu * target[j] * target[j];
            for (Index b = 0; b <= a; ++b)
                detail::add_multiple(inverse[a * rank + b], solved.data() + a * d, d, covariance + (1 + b) * d);
        }
        for (Index a = 0; a < rank; ++a)
            for (Index j = 0; j < d; ++j) covariance[j] -= covariance[(1 + a) * d + j] * products[a * d + j];
        for (Index j = 0; j < d; ++j) covariance[j] = std::max(covariance[j], 0.0) / total;
    }

    static bool factorise(Shape shape, double *covariance, const double *floor, double *factor, const Worker &) {
        const Index d = shape.features;
        for (Index j = 0; j < d; ++j) {
            covariance[j] = std::max(covariance[j], floor[j]);
            if (!(covariance[j] > 0)) return false;
        }
        divide_by_deviations(shape, covariance, factor);
        return true;
    }

    /// With A z the part of Psi^-1/2 x that is explained, x^T Sigma^-1 x is |Psi^-1/2 x - A z|^2 + |z|^2, in which
    /// nothing cancels.
    static double deviance(Shape shape, const double *factor, const CovariancePrior &prior, const Worker &) {
        const Index d = shape.features, rank = shape.rank;
        const double *loadings = factor + d;
        const detail::LatentRoot root(loadings, shape);
        const Doubles latent = root.covariance();
        double deviance = -2 * log_determinant(factor, shape);
        for (Index j = 0; j < d; ++j) {
            double explained = 0;
            for (Index a = 0; a < rank; ++a) {
                double sum = 0;
                for (Index b = 0; b <= a; ++b) sum += root(a, b) * loadings[b * d + j];
                explained += sum * sum;
            }
            deviance += prior.target[j] * factor[j] * factor[j] * std::max(1 - explained, 0.0);
        }
        Doubles residual(static_cast<std::size_t>(d)), projected(static_cast<std::size_t>(rank));
        for (Index c = 0; c < rank; ++c) {
            for (Index j = 0; j < d; ++j) residual[j] = prior.target[(1 + c) * d + j] * factor[j];
            for (Index a = 0; a < rank; ++a) projected[a] = detail::inner(loadings + a * d, residual.data(), d);
            for (Index a = 0; a < rank; ++a) {
                const double z = detail::inner(&latent[a * rank], projected.data(), rank);
                detail::add_multiple(-z, loadings + a * d, d, residual.data());
                deviance += z * z;
            }
            deviance += detail::inner(residual.data(), residual.data(), d);
        }
        return deviance;
    }

    static void restrict_factor(const double *factor, Shape shape, const MeasuredColumns &columns, double *out) {
        for (Index a = 0; a <= shape.rank; ++a)
            for (const Index j : columns.observed) *out++ = factor[a * shape.features + j];
    }

    /// Given the factors z, columns are independent: a missing one is expected at Lambda_j z with variance Psi_j.
    static void complete(Shape shape, const MeasuredColumns &columns, double mass, const double *factor_of_observed,
                         const double *covariance, const double *first_of_observed, const double *second_of_observed,
                         double *first, double *second) {
        const Index d = shape.features, rank = shape.rank, seen = static_cast<Index>(columns.observed.size());
        for (Index a = 0; a <= rank; ++a)
            for (Index i = 0; i < seen; ++i) second[a * d + columns.observed[i]] += second_of_observed[a * seen + i];
        const detail::LatentPosterior posterior(factor_of_observed, {seen, rank});
        const Doubles scatter = posterior.scatter(mass, second_of_observed + seen);
        Doubles latent(static_cast<std::size_t>(rank));
        for (Index a = 0; a < rank; ++a) latent[a] = detail::inner(posterior.row(a), first_of_observed, seen);
        for (const Index j : columns.missing) {
            second[j] += mass * covariance[j];
            for (Index a = 0; a < rank; ++a) {
                const double loading = covariance[(1 + a) * d + j];
                first[j] += loading * latent[a];
                double product = 0;
                for (Index b = 0; b < rank; ++b) product += scatter[a * rank + b] * covariance[(1 + b) * d + j];
                second[(1 + a) * d + j] += product;
                second[j] += loading * product;
            }
        }
    }

private:
    using Doubles = std::vector<double>;

    static void divide_by_deviations(Shape shape, const double *covariance, double *factor) {
        const Index d = shape.features;
        for (Index j = 0; j < d; ++j) factor[j] = 1 / std::sqrt(covariance[j]);
        for (Index a = 1; a <= shape.rank; ++a)
            for (Index j = 0; j < d; ++j) factor[a * d + j] = covariance[a * d + j] * factor[j];
    }
};

}  // namespace semigen

#ifdef SEMIGEN_TARGET
namespace semigen::SEMIGEN_TARGET {

template <class T>
class LowRank;

template <class T>
class IncompleteLowRank;

template <>
struct Kernels<Family::low_rank> {
    template <class T>
    using ByLanes = LowRank<T>;
    template <class T>
    using ByBlas = ByLanes<T>;
    template <class T, int>
    using FewColumns = ByLanes<T>;
    template <class T>
    using Incomplete = IncompleteLowRank<T>;
};

}  // namespace semigen::SEMIGEN_TARGET
#endif

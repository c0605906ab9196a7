// Covariances that are whole matrices: what `full` and `tied` have in common.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "semigen/covariance.hpp"
#include "semigen/families/family.hpp"

namespace semigen {

struct Dense {
    static constexpr bool dense = true, latent = false;
    static constexpr Index rank_of(Index, Index) { return 0; }
    static constexpr Index size(Shape shape) { return shape.features * shape.features; }
    static constexpr Index second_size(Shape shape) { return triangle(shape.features); }
    static constexpr Index floor_size(Shape shape) { return shape.features; }

    static double log_determinant(const double *factor, Shape shape) {
        const Index d = shape.features;
        double sum = 0;
        for (Index j = 0; j < d; ++j) sum += std::log(factor[j * (d + 1)]);
        return sum;
    }

    template <class T>
    static void whiten(const double *factor, const double *mean, Index d, T *out) {
        for (Index i = 0; i < d; ++i) {
            double sum = 0;
            for (Index j = 0; j <= i; ++j) sum += factor[i * d + j] * mean[j];
            out[i] = static_cast<T>(sum);
        }
    }

    static bool factorise(Shape shape, double *covariance, const double *floor, double *factor, const Worker &worker) {
        return CovarianceFactoriser(shape.features, &worker).invert_above(covariance, floor, factor);
    }

    static double deviance(Shape shape, const double *factor, const CovariancePrior &prior, const Worker &worker) {
        const Index d = shape.features;
        double deviance = 0;
        for (Index i = 0; i < d; ++i) deviance -= 2 * std::log(factor[i * d + i]);
        return deviance + CovarianceFactoriser(d, &worker).trace(factor, prior.root);
    }

protected:
    /// covariance = (scatter(i, j) + nu * target) / total
    template <class Scatter>
    static void fill(Index d, const CovariancePrior &prior, double total, double *covariance, const Worker &worker,
                     Scatter scatter) {
        const double per_row = 1 / total;
        for (Index i = 0; i < d && !worker.stop(); ++i)
            for (Index j = 0; j <= i; ++j)
                covariance[i * d + j] = (scatter(i, j) + prior.pseudo_count * prior.target[i * d + j]) * per_row;
        constexpr Index some = 8;  // columns whose cache lines a block of rows has to itself
        for (Index begin = 0; begin < d; begin += some)
            for (Index i = begin + 1; i < d; ++i)
                for (Index j = begin; j < std::min(begin + some, i); ++j) covariance[j * d + i] = covariance[i * d + j];
    }
};

}  // namespace semigen

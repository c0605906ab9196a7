// Covariances that are whole matrices: what `full` and `tied` have in common.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "semigen/covariance.hpp"
#include "semigen/families/family.hpp"

namespace semigen {

struct Dense {
    static constexpr bool dense = true;
    static constexpr Index size(Index d) { return d * d; }
    static constexpr Index second_size(Index d) { return triangle(d); }
    static constexpr Index floor_size(Index d) { return d; }

    static double log_determinant(const double *factor, Index d) {
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

    static bool factorise(Index d, double *covariance, const double *floor, double *factor, const Worker &worker) {
        return CovarianceFactoriser(d, &worker).invert_above(covariance, floor, factor);
    }

    static double deviance(Index d, const double *factor, const CovariancePrior &prior, const Worker &worker) {
        double deviance = 0;
        for (Index i = 0; i < d; ++i) deviance -= 2 * std::log(factor[i * d + i]);
        return deviance + trace_of_target(d, factor, prior.roots, worker);
    }

protected:
    /// covariance = (scatter(i, j) + nu * target) / total
    template <class Scatter>
    static void fill(Index d, const CovariancePrior &prior, double total, double *covariance, const Worker &worker,
                     Scatter scatter) {
        for (Index i = 0; i < d && !worker.stop(); ++i)
            for (Index j = 0; j <= i; ++j)
                covariance[i * d + j] = covariance[j * d + i] =
                    (scatter(i, j) + prior.pseudo_count * prior.target[i * d + j]) / total;
    }

private:
    /// tr(Sigma^-1 target), the sum of squares of P r over the roots r of the target.
    static double trace_of_target(Index d, const double *factor, const double *roots, const Worker &worker) {
        double trace = 0;
        if (d > lapack_dimension) {
            constexpr Index some = 512;
            std::vector<double> whitened(static_cast<std::size_t>(std::min(d, some) * d));
            for (Index first = 0; first < d && !worker.stop(); first += some) {
                const Index count = std::min(d - first, some);
                std::copy(roots + first * d, roots + (first + count) * d, whitened.begin());
                blas::multiply_lower(factor, d, whitened.data(), count);
                for (Index i = 0; i < count * d; ++i) trace += whitened[i] * whitened[i];
            }
            return trace;
        }
        for (Index j = 0; j < d; ++j)
            for (Index i = j; i < d; ++i) {
                double value = 0;
                for (Index c = j; c <= i; ++c) value += factor[i * d + c] * roots[j * d + c];
                trace += value * value;
            }
        return trace;
    }
};

}  // namespace semigen

// `tied`: all components share one covariance matrix.
#pragma once

#include "semigen/families/dense.hpp"
#include "semigen/families/list.hpp"

namespace semigen {

template <>
struct Traits<Family::tied> : Dense {
    static constexpr bool shared = true, whitens_means = true;

    static void estimate(const CovarianceSums &sums, const CovariancePrior &prior, double *covariance,
                         const Worker &worker) {
        const Index d = sums.shape.features;
        double total = prior.pseudo_count;
        for (Index m = 0; m < sums.components; ++m) total += sums.rows[m];
        fill(d, prior, total, covariance, worker, [&](Index i, Index j) {
            double scatter = sums.second[triangle(i) + j];
            for (Index m = 0; m < sums.components; ++m)
                scatter -= sums.mass[m] * sums.means[m * d + i] * sums.means[m * d + j];
            return scatter;
        });
    }
};

}  // namespace semigen

#ifdef SEMIGEN_TARGET
namespace semigen::SEMIGEN_TARGET {

template <class T>
class Tied;
template <class T>
class TiedByBlas;

template <class T, bool shared>
class IncompleteDense;

template <>
struct Kernels<Family::tied> {
    template <class T>
    using ByLanes = Tied<T>;
    template <class T>
    using ByBlas = TiedByBlas<T>;
    template <class T, int>
    using FewColumns = Tied<T>;
    template <class T>
    using Incomplete = IncompleteDense<T, true>;
};

}  // namespace semigen::SEMIGEN_TARGET
#endif

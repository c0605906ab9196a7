// `full`: every component has a covariance matrix of its own.
#pragma once

#include "semigen/families/dense.hpp"
#include "semigen/families/list.hpp"

namespace semigen {

template <>
struct Traits<Family::full> : Dense {
    static constexpr bool shared = false, whitens_means = false;

    static void estimate(const CovarianceSums &sums, const CovariancePrior &prior, double *covariance,
                         const Worker &worker) {
        const double mass = sums.mass[0], *shift = sums.shifts;
        fill(sums.shape.features, prior, sums.rows[0] + prior.pseudo_count, covariance, worker,
             [&](Index i, Index j) { return sums.second[triangle(i) + j] - mass * shift[i] * shift[j]; });
    }

    static void move_second(Index d, double mass, const double *first, const double *shift, const double *from,
                            double *to) {
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j <= i; ++j)
                *to++ += *from++ + (first[i] * shift[j] + shift[i] * first[j] + mass * shift[i] * shift[j]);
    }
};

}  // namespace semigen

#ifdef SEMIGEN_TARGET
namespace semigen::SEMIGEN_TARGET {

template <class T>
class Full;
template <class T>
class FullByBlas;
template <class T, int Columns>
class FewColumns;

template <class T, bool shared>
class IncompleteDense;

template <>
struct Kernels<Family::full> {
    template <class T>
    using ByLanes = Full<T>;
    template <class T>
    using ByBlas = FullByBlas<T>;
    template <class T, int Count>
    using FewColumns = SEMIGEN_TARGET::FewColumns<T, Count>;
    template <class T>
    using Incomplete = IncompleteDense<T, false>;
};

}  // namespace semigen::SEMIGEN_TARGET
#endif

// What a covariance family is made of: the interface that every family's header fills in.
//
// A family is a header in this folder that specialises Traits and, for the kernels, Kernels; a name in
// families/list.hpp and an include in families/table.hpp; and a Python file of the same name in
// src/semigen/mixture/families. Nothing else names a family: a part that is missing does not compile.
//
// How parameters are held: `means` are components x features. `covariances` and `factors` are as many entries for each
// covariance as Traits::size says, one covariance for each component or, where Traits::shared, one for all.
#pragma once

#include <vector>

#include "semigen/families/list.hpp"
#include "semigen/parallel.hpp"
#include "semigen/views.hpp"

namespace semigen {

/// Number of entries of a lower triangle, stored row after row.
constexpr Index triangle(Index d) { return d * (d + 1) / 2; }

/// How large a covariance is: its columns, and the columns of its loadings, 0 in families without any.
struct Shape {
    Index features, rank;
};

/// What a covariance leans on: `pseudo_count` rows with the covariance `target`, and a floor under its variances.
///
/// The log prior is -pseudo_count/2 (log det Sigma + tr Sigma^-1 target), summed over the covariances of the model;
/// its posterior mode is (scatter + pseudo_count * target) / (mass + pseudo_count).
struct CovariancePrior {
    double pseudo_count;
    const double *target;  ///< one covariance of the family
    const double *root;    ///< where Traits::dense: a lower triangle L with L L^T = target
    const double *floor;   ///< least variances, Traits::floor_size of them
};

/// The sufficient statistics behind one covariance: of one component, or of all that share it.
struct CovarianceSums {
    Shape shape;
    Index components;
    const double *second;  ///< about the former means; about the origin if shared
    const double *mass;    ///< what the moments of each component weigh
    const double *rows;    ///< how many rows each has: the same, unless components are Student t
    const double *means;   ///< the new ones
    const double *shifts;  ///< how far they moved
    const double *former;  ///< the covariance before, about whose latent factors second moments are; read if latent
};

/// The columns of a row that were measured, and the others.
struct MeasuredColumns {
    const std::vector<Index> &observed, &missing;
};

/// What all code but the kernels needs of a family. Each specialisation has
///
///   shared                  whether components share one covariance; second moments are then one sum about the origin
///   dense                   whether a covariance is a d x d matrix, its factor P a lower triangle, P^T P = Sigma^-1;
///                           else factors are inverse standard deviations, columns being uncorrelated unless latent
///   latent                  whether columns share latent factors: second moments are then expected ones, and depend on
///                           the parameters even where responsibilities do not
///   whitens_means           whether kernels read P mu
///   rank_of(entries, d)     rank of a covariance with so many entries; 0 in families without loadings
///   size(shape)             entries of a covariance, and of its factor
///   second_size(shape)      entries of a second moment
///   floor_size(shape)       entries of the floor
///   log_determinant(factor, shape)                   -1/2 log det Sigma
///   whiten(factor, mean, d, out)                     P mu
///   estimate(sums, prior, covariance, worker)        the M step of one covariance
///   factorise(shape, covariance, floor, factor, worker)  raises a covariance to the floor and gives its factor; false
///                                                        if it is singular
///   deviance(shape, factor, prior, worker)           log det Sigma + tr(Sigma^-1 target)
///   move_second(d, mass, first, shift, from, to)     adds a second moment about another centre, unless shared or
///                                                    latent
///   packed_size, pack                                what the kernels read of a factor, if latent
///   restrict_factor(factor, shape, columns, out)     the factor of the measured columns, unless dense
///   complete_second(...)                             what missing columns add to second moments, unless dense or
///   latent complete(...)                                    what they add to first and second moments, if latent
template <Family family>
struct Traits;

#ifdef SEMIGEN_TARGET
namespace SEMIGEN_TARGET {

/// The kernels of a family, class templates as simd/chunk.hpp describes them:
///
///   ByLanes<T>             with rows in the lanes of vectors
///   ByBlas<T>              for more columns than KernelTable::largest_lane_dimension
///   FewColumns<T, Count>   for up to tile_outputs columns
///   Incomplete<T>          for rows in which NaN stands for missing values, where completes_rows allows it
///
/// Their definitions are in simd/.
template <Family family>
struct Kernels;

}  // namespace SEMIGEN_TARGET
#endif

}  // namespace semigen

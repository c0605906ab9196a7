// A mixture as rows want it of which each lacks other columns, and which are therefore completed one by one.
//
// With Lambda = Sigma^-1, O the observed and M the missing columns, x_M given x_O is normal with covariance
// C = Lambda_MM^-1 about mu_M - C Lambda_MO (x_O - mu_O): a factorisation in the missing columns, which are few,
// instead of the observed ones (simd/incomplete.hpp).
#pragma once

#include <algorithm>
#include <vector>

#include "semigen/covariance.hpp"
#include "semigen/model.hpp"

namespace semigen {

/// Whether rows can be completed one by one. Dense covariances of more columns are factorised by BLAS, once for each
/// pattern of missing values.
constexpr bool completes_rows(Family family, Index features) {
    return !is_dense(family) || features <= lapack_dimension;
}

/// Outputs of a precision matrix times a row that are computed together: it is cut into tiles of as many rows.
constexpr Index precision_tile = 4;

/// Matrices have a border of zeros, a column that is not there: rows of a vector may lack different numbers of columns.
struct Completion {
    ModelView model;
    const double *covariances;
    const double *log_determinants;  ///< -1/2 log det Sigma of each component
    // Where covariances are dense, a matrix for each of them:
    const double *bordered;    ///< it, (d + 1) x (d + 1)
    const double *precisions;  ///< its inverse, (d + 1) x (d + 1)
    const double *tiles;       ///< the inverse without the border, in tiles of precision_tile rows, column by column
    const char *precise;       ///< whether the inverse has kept its digits
    char *singular;            ///< set by kernels where a covariance is singular in the columns of some row
};

/// Owns what a Completion points to; its buffers are reused from pass to pass.
class CompletionModel {
public:
    Completion prepare(const ModelView &model, const double *covariances) {
        const Index count = factor_count(model.family, model.components);
        singular_.assign(static_cast<std::size_t>(count), 0);
        if (is_dense(model.family)) invert(model, covariances, count);
        log_determinants_.clear();
        for (Index m = 0; m < model.components; ++m) log_determinants_.push_back(log_determinant(model, m));
        return {model,         covariances,     log_determinants_.data(), bordered_.data(), precisions_.data(),
                tiles_.data(), precise_.data(), singular_.data()};
    }

    /// Index of a covariance that kernels found to be singular, or -1.
    Index singular() const {
        const auto found = std::find(singular_.begin(), singular_.end(), 1);
        return found == singular_.end() ? -1 : found - singular_.begin();
    }

private:
    /// Where the variance of a column given all others is smaller than its own by more than this, precisions are not
    /// used: sums lose about as many digits as it has (tests/mixture/rows/test_rows_on_their_own.py).
    static constexpr double most_inflation = 1e6;

    void invert(const ModelView &model, const double *covariances, Index count) {
        const Index d = model.features, border = d + 1, square = border * border;
        const Index tile = (d + precision_tile - 1) / precision_tile * precision_tile * d;
        bordered_.assign(static_cast<std::size_t>(count * square), 0.0);
        precisions_.assign(bordered_.size(), 0.0);
        tiles_.assign(static_cast<std::size_t>(count * tile), 0.0);
        precise_.assign(static_cast<std::size_t>(count), 1);
        for (Index m = 0; m < count; ++m) {
            const double *factor = model.factors + m * d * d, *covariance = covariances + m * d * d;
            double *bordered = bordered_.data() + m * square, *precision = precisions_.data() + m * square;
            for (Index i = 0; i < d; ++i) {
                std::copy(covariance + i * d, covariance + (i + 1) * d, bordered + i * border);
                for (Index k = 0; k <= i; ++k)
                    for (Index j = 0; j <= i; ++j) precision[k * border + j] += factor[i * d + k] * factor[i * d + j];
            }
            for (Index i = 0; i < d; ++i) {
                double *to = tiles_.data() + m * tile + i / precision_tile * precision_tile * d + i % precision_tile;
                for (Index j = 0; j < d; ++j) to[j * precision_tile] = precision[i * border + j];
                if (!(covariance[i * d + i] * precision[i * border + i] < most_inflation)) precise_[m] = 0;
            }
        }
    }

    std::vector<double> log_determinants_, bordered_, precisions_, tiles_;
    std::vector<char> precise_, singular_;
};

}  // namespace semigen

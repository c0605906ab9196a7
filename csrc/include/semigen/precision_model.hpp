// A mixture as rows want it of which each lacks other columns: precisions instead of a factorisation for each pattern.
//
// With Lambda = Sigma^-1 and M the missing columns, x_M given x_O is normal with covariance C = Lambda_MM^-1 about
// mu_M - C Lambda_MO (x_O - mu_O): a factorisation in the missing columns, which are few, instead of the observed ones.
// The squared distance of the row so completed is that of its observed columns (simd/incomplete.hpp).
#pragma once

#include <algorithm>
#include <vector>

#include "semigen/covariance.hpp"
#include "semigen/model.hpp"

namespace semigen {

/// Rows of matrices are padded with zeros to a multiple of this, whatever the instruction set.
constexpr Index padded_columns(Index columns) { return (columns + 7) / 8 * 8; }

struct PrecisionView {
    Family family;  ///< a dense one
    Index components, features, stride;
    const double *means;       ///< components x stride
    const double *precisions;  ///< a d x stride matrix for each covariance
    const double *columns;     ///< the columns of P, P^T P = Sigma^-1, likewise
    const double *constants;   ///< log_constant of each component
};

class PrecisionModel {
public:
    /// False if patterns of missing values are better factorised one by one: other families, many columns, or columns
    /// that others determine so nearly that their precisions have lost digits.
    bool prepare(const ModelView &model, const double *covariances) {
        if (!is_dense(model.family) || model.features > lapack_dimension) return false;
        const Index d = model.features, stride = padded_columns(d),
                    count = factor_count(model.family, model.components);
        means_.assign(static_cast<std::size_t>(model.components * stride), 0.0);
        precisions_.assign(static_cast<std::size_t>(count * d * stride), 0.0);
        columns_.assign(precisions_.size(), 0.0);
        constants_.clear();
        for (Index m = 0; m < model.components; ++m) {
            std::copy(model.means + m * d, model.means + (m + 1) * d, means_.data() + m * stride);
            constants_.push_back(log_constant(model, m));
        }
        constexpr double most_inflation = 1e8;
        for (Index m = 0; m < count; ++m) {
            const double *factor = model.factors + m * d * d, *covariance = covariances + m * d * d;
            double *precision = precisions_.data() + m * d * stride, *columns = columns_.data() + m * d * stride;
            for (Index i = 0; i < d; ++i)
                for (Index j = 0; j <= i; ++j) columns[j * stride + i] = factor[i * d + j];
            for (Index i = 0; i < d; ++i)
                for (Index k = 0; k <= i; ++k)
                    for (Index j = 0; j <= i; ++j) precision[k * stride + j] += factor[i * d + k] * factor[i * d + j];
            for (Index j = 0; j < d; ++j)
                if (!(covariance[j * d + j] * precision[j * stride + j] < most_inflation)) return false;
        }
        view_ = {model.family,    model.components, d, stride, means_.data(), precisions_.data(),
                 columns_.data(), constants_.data()};
        return true;
    }

    const PrecisionView &view() const { return view_; }

private:
    std::vector<double> means_, precisions_, columns_, constants_;
    PrecisionView view_{};
};

/// What a thread works with, and sums, while it completes the rows of one pattern after the other.
class CompletionSums {
public:
    /// Forgets all sums, and makes room for those of this model.
    void begin(const PrecisionView &model) {
        model_ = model;
        const Index k = model.components, rows = k * model.stride;
        const Index matrices = factor_count(model.family, k) * model.features * model.stride;
        memory_.resize(static_cast<std::size_t>(2 * rows + 3 * matrices + 4 * k + 2 * model.stride + model.features));
        double *free = memory_.data();
        const auto take = [&](Index count) {
            free += count;
            return free - count;
        };
        first = take(rows);
        second = take(matrices);
        mass = take(k);
        std::fill(memory_.data(), free, 0.0);
        log_likelihood = 0;
        regressions = take(2 * matrices);
        deviations = take(rows);
        log_joint = take(k);
        constants = take(k);
        shares = take(k);
        values = take(model.stride);
        present = take(model.stride);
        expected = take(model.features);
    }

    /// Adds the sums to statistics in their usual layout.
    void add_to(double *statistics) const {
        const Index k = model_.components, d = model_.features, stride = model_.stride;
        const bool shared = is_shared(model_.family);
        const StatisticsLayout layout{model_.family, k, d, 0};
        statistics[0] += log_likelihood;
        for (Index m = 0; m < k; ++m) {
            statistics[layout.mass() + m] += mass[m];
            double *packed = statistics + layout.second() + (shared ? 0 : m) * layout.second_size();
            const double *scatter = second + (shared ? 0 : m) * d * stride;
            const double *shift = first + m * stride, *mean = model_.means + m * stride;
            for (Index i = 0; i < d; ++i) {
                statistics[layout.first() + m * d + i] += shift[i];
                if (!shared || m == 0)
                    for (Index j = 0; j <= i; ++j) packed[triangle(i) + j] += scatter[i * stride + j];
                // A scatter that components share is about the origin.
                if (shared)
                    for (Index j = 0; j <= i; ++j)
                        packed[triangle(i) + j] +=
                            shift[i] * mean[j] + mean[i] * shift[j] + mass[m] * mean[i] * mean[j];
            }
        }
    }

    double log_likelihood = 0;
    double *mass, *first, *second;  ///< about the means; of `second`, each covariance's lower triangle
    // Of the pattern at hand:
    double *regressions;  ///< C Lambda of the missing columns and C side by side, for each covariance
    double *constants;    ///< what it adds to log_constant
    double *shares;       ///< sums of responsibilities
    double *present;      ///< 1 for its observed columns, 0 for others
    // Of the row at hand:
    double *values, *deviations, *log_joint, *expected;

private:
    PrecisionView model_{};
    std::vector<double> memory_;
};

}  // namespace semigen

// What a mixture says of rows in which some columns are missing: the model of the columns that are there, and what the
// others add to the sufficient statistics in expectation (Ghahramani & Jordan, "Supervised learning from incomplete
// data via an EM approach", NIPS 1993).
//
// With O the observed and M the missing columns, x_M given x_O and the component is Gaussian about
// mu_M + B (x_O - mu_O) with covariance C, where B = Sigma_MO Sigma_OO^-1 and C = Sigma_MM - B Sigma_OM. Both are the
// same for all rows of a pattern, so that the statistics of the observed columns are all that a pass needs to sum: B
// and C turn them into those of all columns afterwards.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "semigen/covariance.hpp"
#include "semigen/elimination.hpp"
#include "semigen/model.hpp"
#include "semigen/parallel.hpp"

namespace semigen {

/// The mixture restricted to some columns. Its buffers are reused from pattern to pattern.
class Marginal {
public:
    /// Returns the index of a covariance whose observed part is singular, or -1.
    ///
    /// Where no column is observed, a single one stands in that is always zero and has density one.
    Index restrict_to(const std::vector<Index> &observed, const ModelView &model, const double *covariances,
                      int threads, Interruption &interruption) {
        model_ = model;
        observed_ = observed;
        missing_.clear();
        for (Index j = 0; j < model.features; ++j)
            if (!std::binary_search(observed.begin(), observed.end(), j)) missing_.push_back(j);
        log_weights_.assign(model.log_weights, model.log_weights + model.components);
        if (model.noise != nullptr) {
            noise_.assign(static_cast<std::size_t>(1 + columns()), 0.0);
            noise_[0] = model.noise[0];
            for (Index j = 0; j < observed_count(); ++j) noise_[1 + j] = model.noise[1 + observed_[j]];
        }
        means_.assign(static_cast<std::size_t>(model.components * columns()), 0.0);
        for (Index m = 0; m < model.components; ++m)
            for (Index j = 0; j < observed_count(); ++j)
                means_[m * columns() + j] = model.means[m * model.features + observed_[j]];
        covariances_ = covariances;
        return restrict_factors(threads, interruption);
    }

    ModelView view() const {
        return {model_.family,       model_.components,
                columns(),           model_.rank,
                log_weights_.data(), means_.data(),
                factors_.data(),     model_.degrees_of_freedom,
                observed_count(),    model_.noise == nullptr ? nullptr : noise_.data(),
                model_.tables,       model_.cells};
    }

    /// Adds to `statistics`, those of all columns, what the statistics of the observed columns say.
    void complete(const double *of_observed, double *statistics, int threads, Interruption &interruption) {
        const StatisticsLayout all = model_.layout();
        const StatisticsLayout part = view().layout();
        const int workers = useful(threads);
        scratch_.resize(static_cast<std::size_t>(workers * scratch_size()));
        statistics[0] += of_observed[0];
        for (Index i = 0; i < all.cells * all.components; ++i)
            statistics[all.cell_sums() + i] += of_observed[part.cell_sums() + i];
        for (Index i = 0; all.noise && i < 2; ++i)
            statistics[all.noise_mass() + i] += of_observed[part.noise_mass() + i];
        for_each_slot(model_.components, workers, interruption, [&](Index m, const Worker &worker) {
            statistics[all.mass() + m] += of_observed[part.mass() + m];
            if (all.heavy_tails) {
                statistics[all.weight() + m] += of_observed[part.weight() + m];
                statistics[all.log_weight() + m] += of_observed[part.log_weight() + m];
            }
            const double *first = of_observed + part.first() + m * columns();
            complete_first(m, first, statistics + all.first() + m * all.features);
            if (is_shared(model_.family)) return;
            if (is_latent(model_.family)) {
                complete_latent(
                    m, of_observed[part.mass() + m], first, of_observed + part.second() + m * part.second_size(),
                    statistics + all.first() + m * all.features, statistics + all.second() + m * all.second_size());
                return;
            }
            complete_second(m, 1, of_observed + part.mass() + m, of_observed + part.weight() + m,
                            of_observed + part.second() + m * part.second_size(),
                            statistics + all.second() + m * all.second_size(),
                            scratch_.data() + worker.number * scratch_size());
        });
        if (!is_shared(model_.family)) return;
        if (square())
            complete_shared_scatter(part, of_observed, statistics + all.second());
        else
            complete_second(0, model_.components, of_observed + part.mass(), of_observed + part.weight(),
                            of_observed + part.second(), statistics + all.second(), scratch_.data());
    }

private:
    using Doubles = std::vector<double>;

    /// product += left right, row-major. Deterministic, by BLAS where that pays.
    static void add_product(const double *left, const double *right, Index rows, Index inner, Index columns,
                            double *product) {
        if (rows == 0 || inner == 0 || columns == 0) return;
        if (inner > lapack_dimension) {
            blas::add_product(left, right, rows, inner, columns, product);
            return;
        }
        for (Index i = 0; i < rows; ++i)
            for (Index k = 0; k < inner; ++k)
                for (Index j = 0; j < columns; ++j)
                    product[i * columns + j] += left[i * inner + k] * right[k * columns + j];
    }

    static void transpose(const double *matrix, Index rows, Index columns, double *turned) {
        for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < columns; ++j) turned[j * rows + i] = matrix[i * columns + j];
    }

    Index observed_count() const { return static_cast<Index>(observed_.size()); }
    Index missing_count() const { return static_cast<Index>(missing_.size()); }
    Index columns() const { return std::max<Index>(1, observed_count()); }
    bool square() const { return is_dense(model_.family); }
    Index shared(Index m) const { return is_shared(model_.family) ? 0 : m; }

    /// Small matrices are not worth waking threads for.
    int useful(int threads) const {
        const auto d = static_cast<double>(model_.features);
        return square() && static_cast<double>(model_.components) * d * d * d > 2e5 ? threads : 1;
    }

    Index restrict_factors(int threads, Interruption &interruption) {
        const Index d = model_.features, seen = observed_count(), unseen = missing_count();
        const Index count = factor_count(model_.family, model_.components);
        const Index size = factor_size(model_.family, view().shape());
        factors_.assign(static_cast<std::size_t>(count * size), 0.0);
        if (seen == 0) {
            constexpr double half_log_two_pi = 0.9189385332046727;
            for (double &log_weight : log_weights_) log_weight += half_log_two_pi;
            // A variance of one, and loadings of zero.
            for (Index m = 0; m < count; ++m) factors_[m * size] = 1;
        }
        if (!square()) {
            with_family(model_.family, [&](auto traits) {
                if constexpr (!traits.dense)
                    for (Index m = 0; m < count && seen > 0; ++m)
                        traits.restrict_factor(factor_of(model_, m), model_.shape(), {observed_, missing_},
                                               factors_.data() + m * size);
            });
            return -1;
        }
        coefficients_.assign(static_cast<std::size_t>(count * unseen * seen), 0.0);
        conditional_.assign(static_cast<std::size_t>(count * unseen * unseen), 0.0);
        const bool small = d <= lapack_dimension;
        eliminated_.resize(small ? static_cast<std::size_t>(count * d * d) : 0);
        std::vector<char> singular(static_cast<std::size_t>(count), 0);
        if (!small) blas::require_room(useful(threads));
        for_each_slot(count, useful(threads), interruption, [&](Index m, const Worker &) {
            singular[m] = !(small ? condition_by_rows(m) : condition_by_blas(m));
        });
        const auto found = std::find(singular.begin(), singular.end(), 1);
        return found == singular.end() ? -1 : found - singular.begin();
    }

    /// P_O with P_O^T P_O = Sigma_OO^-1, B and C. With the observed columns first, elimination of these leaves C behind
    /// and gives R_OM with B = R_OM^T P_O. False if Sigma_OO is singular.
    bool condition_by_rows(Index m) {
        const Index d = model_.features, seen = observed_count(), unseen = missing_count();
        const double *covariance = covariances_ + m * d * d;
        double *upper = eliminated_.data() + m * d * d, *factor = factors_.data() + m * seen * seen;
        const auto column = [&](Index i) { return i < seen ? observed_[i] : missing_[i - seen]; };
        for (Index i = 0; i < d; ++i)
            for (Index j = i; j < d; ++j) upper[i * d + j] = covariance[column(i) * d + column(j)];
        if (!eliminate(upper, d, seen)) return false;
        if (seen > 0) invert_transposed(upper, d, seen, factor);
        for (Index i = 0; i < unseen; ++i) {
            double *coefficients = coefficients_.data() + (m * unseen + i) * seen;
            for (Index k = 0; k < seen; ++k)
                for (Index j = 0; j <= k; ++j) coefficients[j] += upper[k * d + seen + i] * factor[k * seen + j];
        }
        double *conditional = conditional_.data() + m * unseen * unseen;
        for (Index i = 0; i < unseen; ++i)
            for (Index j = i; j < unseen; ++j)
                conditional[i * unseen + j] = conditional[j * unseen + i] = upper[(seen + i) * d + seen + j];
        return true;
    }

    /// The same for matrices so large that BLAS pays: U = Sigma_MO P_O^T, B = U P_O and C = Sigma_MM - U U^T.
    bool condition_by_blas(Index m) {
        const Index d = model_.features, seen = observed_count(), unseen = missing_count();
        const double *covariance = covariances_ + m * d * d;
        double *factor = factors_.data() + m * seen * seen, *conditional = conditional_.data() + m * unseen * unseen;
        Doubles part(static_cast<std::size_t>(seen * seen)), turned(part.size());
        for (Index i = 0; i < seen; ++i)
            for (Index j = 0; j < seen; ++j) part[i * seen + j] = covariance[observed_[i] * d + observed_[j]];
        if (seen > 0 && !CovarianceFactoriser(seen).invert(part.data(), factor)) return false;
        Doubles across(static_cast<std::size_t>(unseen * seen)), whitened(across.size(), 0.0);
        for (Index i = 0; i < unseen; ++i)
            for (Index j = 0; j < seen; ++j) across[i * seen + j] = covariance[missing_[i] * d + observed_[j]];
        transpose(factor, seen, seen, turned.data());
        add_product(across.data(), turned.data(), unseen, seen, seen, whitened.data());
        add_product(whitened.data(), factor, unseen, seen, seen, coefficients_.data() + m * unseen * seen);
        transpose(whitened.data(), unseen, seen, across.data());
        add_product(whitened.data(), across.data(), unseen, seen, unseen, conditional);
        for (Index i = 0; i < unseen; ++i)
            for (Index j = 0; j < unseen; ++j)
                conditional[i * unseen + j] = covariance[missing_[i] * d + missing_[j]] - conditional[i * unseen + j];
        return true;
    }

    /// first += [1; B] first_O
    void complete_first(Index m, const double *of_observed, double *first) const {
        const Index seen = observed_count(), unseen = missing_count();
        for (Index j = 0; j < seen; ++j) first[observed_[j]] += of_observed[j];
        if (!square()) return;
        const double *coefficients = coefficients_.data() + shared(m) * unseen * seen;
        for (Index i = 0; i < unseen; ++i)
            for (Index k = 0; k < seen; ++k) first[missing_[i]] += coefficients[i * seen + k] * of_observed[k];
    }

    /// Second moments of a covariance, of one component or of all that share it.
    void complete_second(Index m, Index components, const double *mass, const double *weight, const double *of_observed,
                         double *second, double *scratch) const {
        const Index d = model_.features, seen = observed_count();
        with_family(model_.family, [&](auto traits) {
            if constexpr (traits.dense) {
                for (Index i = 0; i < seen; ++i)
                    for (Index j = 0; j <= i; ++j)
                        scratch[i * seen + j] = scratch[j * seen + i] = of_observed[triangle(i) + j];
                add_scatter(m, mass[0], second, scratch);
            } else if constexpr (!traits.latent) {
                traits.complete_second(model_.shape(), {observed_, missing_}, components, mass, weight,
                                       model_.means + m * d, covariances_ + m * traits.size(model_.shape()),
                                       of_observed, second);
            }
        });
    }

    /// First moments of the missing columns and second moments of all, of one component.
    void complete_latent(Index m, double mass, const double *first_of_observed, const double *second_of_observed,
                         double *first, double *second) const {
        with_family(model_.family, [&](auto traits) {
            if constexpr (traits.latent)
                traits.complete(model_.shape(), {observed_, missing_}, mass, factor_of(view(), m),
                                covariances_ + m * traits.size(model_.shape()), first_of_observed, second_of_observed,
                                first, second);
        });
    }

    /// Numbers that `add_scatter` works with.
    Index scratch_size() const {
        const Index seen = observed_count(), unseen = missing_count();
        return square() ? seen * seen + 2 * unseen * seen + unseen * unseen : 0;
    }

    /// packed += [1; B] S [1; B]^T + mass C, with S, the scatter of the observed columns about their means, at the
    /// beginning of `scratch`.
    void add_scatter(Index m, double mass, double *packed, double *scratch) const {
        const Index seen = observed_count(), unseen = missing_count();
        const double *coefficients = coefficients_.data() + m * unseen * seen;
        const double *conditional = conditional_.data() + m * unseen * unseen;
        const double *scatter = scratch;
        double *predicted = scratch + seen * seen, *turned = predicted + unseen * seen,
               *spread = turned + unseen * seen;
        const auto entry = [&](Index i, Index j) -> double & {
            return i >= j ? packed[triangle(i) + j] : packed[triangle(j) + i];
        };
        for (Index i = 0; i < seen; ++i)
            for (Index j = 0; j <= i; ++j) entry(observed_[i], observed_[j]) += scatter[i * seen + j];
        std::fill(predicted, turned, 0.0);
        for (Index i = 0; i < unseen * unseen; ++i) spread[i] = mass * conditional[i];
        add_product(coefficients, scatter, unseen, seen, seen, predicted);
        transpose(coefficients, unseen, seen, turned);
        add_product(predicted, turned, unseen, seen, unseen, spread);
        for (Index i = 0; i < unseen; ++i) {
            for (Index j = 0; j < seen; ++j) entry(missing_[i], observed_[j]) += predicted[i * seen + j];
            for (Index j = 0; j <= i; ++j) entry(missing_[i], missing_[j]) += spread[i * unseen + j];
        }
    }

    /// A scatter that components share is about the origin: it is moved to the means, completed there and moved back.
    void complete_shared_scatter(const StatisticsLayout &part, const double *of_observed, double *packed) {
        const Index d = model_.features, seen = observed_count();
        const double *mass = of_observed + part.mass(), *weight = of_observed + part.weight(),
                     *first = of_observed + part.first();
        Doubles moved(static_cast<std::size_t>(d));
        double *scatter = scratch_.data();
        double total = 0;
        for (Index i = 0; i < seen; ++i)
            for (Index j = 0; j <= i; ++j) {
                double value = of_observed[part.second() + triangle(i) + j];
                for (Index m = 0; m < model_.components; ++m) {
                    const double *mean = means_.data() + m * seen, *shift = first + m * seen;
                    value -= shift[i] * mean[j] + mean[i] * shift[j] + weight[m] * mean[i] * mean[j];
                }
                scatter[i * seen + j] = scatter[j * seen + i] = value;
            }
        for (Index m = 0; m < model_.components; ++m) total += mass[m];
        add_scatter(0, total, packed, scatter);
        for (Index m = 0; m < model_.components; ++m) {
            const double *mean = model_.means + m * d;
            std::fill(moved.begin(), moved.end(), 0.0);
            complete_first(m, first + m * columns(), moved.data());
            for (Index i = 0; i < d; ++i)
                for (Index j = 0; j <= i; ++j)
                    packed[triangle(i) + j] += moved[i] * mean[j] + mean[i] * moved[j] + weight[m] * mean[i] * mean[j];
        }
    }

    ModelView model_{};
    const double *covariances_ = nullptr;
    std::vector<Index> observed_, missing_;
    Doubles log_weights_, means_, factors_, noise_;
    Doubles coefficients_;  ///< B of every covariance, missing x observed
    Doubles conditional_;   ///< C of every covariance
    Doubles eliminated_;    ///< every covariance, the observed columns first, while these are eliminated
    Doubles scratch_;       ///< `scratch_size` for every worker
};

}  // namespace semigen

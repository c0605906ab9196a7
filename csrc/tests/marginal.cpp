// Rows that lack columns: the model of those that are there, and what the others add to the statistics in expectation.
#include "semigen/marginal.hpp"

#include "check.hpp"
#include "matrices.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"

namespace {

using namespace matrices;
using mixtures::log_joint;
using mixtures::Mixture;
using mixtures::name;
using mixtures::square;
using mixtures::Sum;
using semigen::Family;
using semigen::Marginal;
using LongDoubles = std::vector<long double>;
using Indices = std::vector<Index>;

/// A mixture and the covariances that its factors are of.
struct Model {
    Mixture mixture;
    Doubles covariances;

    Index features() const { return mixture.features; }
    Index components() const { return mixture.components; }

    /// Entry (i, j) of component m's covariance, as though it were a full matrix.
    double covariance(Index m, Index i, Index j) const {
        const Index d = features();
        const Index shared = semigen::is_shared(mixture.family) ? 0 : m;
        if (square(mixture.family)) return covariances[shared * d * d + i * d + j];
        if (i != j) return 0;
        return mixture.family == Family::diag ? covariances[m * d + i] : covariances[shared];
    }
};

Model random_model(Family family, Index components, Index d, Random &random) {
    Model model{mixtures::random_mixture(family, components, d, random), {}};
    model.mixture.factors.clear();
    for (Index m = 0; m < semigen::factor_count(family, components); ++m) {
        Doubles values;
        for (Index j = 0; j < (square(family) ? d : mixtures::factor_size(family, d)); ++j)
            values.push_back(random.uniform(0.3, 3));
        if (!square(family)) {
            for (const double value : values) {
                model.covariances.push_back(value);
                model.mixture.factors.push_back(1 / std::sqrt(value));
            }
            continue;
        }
        const Doubles ones(values.size(), 1.0);
        const Doubles covariance = with_eigenvalues(random_rotation(d, random), values, ones);
        const Doubles factor = inverse_of_lower(cholesky(Matrix(d, covariance.data()))).doubles();
        model.covariances.insert(model.covariances.end(), covariance.begin(), covariance.end());
        model.mixture.factors.insert(model.mixture.factors.end(), factor.begin(), factor.end());
    }
    return model;
}

/// Everything, nothing, all but a column in the middle, and every second column.
std::vector<Indices> patterns(Index d) {
    std::vector<Indices> result(4);
    for (Index j = 0; j < d; ++j) {
        result[0].push_back(j);
        if (j != d / 2) result[2].push_back(j);
        if (j % 2 == 0) result[3].push_back(j);
    }
    return result;
}

/// The dimensions reach from one column to where an observed half still goes to LAPACK, above 64 columns.
template <class Use>
void for_each_model(Use use) {
    Random random(41);
    int turn = 0;
    for (const Family family : mixtures::closed_forms())
        for (const Index d : {1, 2, 5, 9, 70, 131})
            for (const Index components : {1, 2, 3}) {
                if (d > 70 && components != 2) continue;
                const checks::Case label(std::string(name(family)) + " d=" + std::to_string(d) +
                                         " components=" + std::to_string(components));
                reference::install(reference::integer_widths[turn++ % 2]);
                use(random_model(family, components, d, random), random);
            }
}

template <class Use>
void for_each_model_and_pattern(Use use) {
    for_each_model([&](const Model &model, Random &random) {
        for (const Indices &observed : patterns(model.features())) {
            const checks::Case label("observed=" + std::to_string(observed.size()));
            use(model, observed, random);
        }
    });
}

Index restrict_to(Marginal &marginal, const Model &model, const Indices &observed, int threads = 2) {
    semigen::Interruption never(nullptr);
    return marginal.restrict_to(observed, model.mixture.view(), model.covariances.data(), threads, never);
}

Doubles completed(Marginal &marginal, const Doubles &of_observed, Doubles statistics, int threads = 2) {
    semigen::Interruption never(nullptr);
    marginal.complete(of_observed.data(), statistics.data(), threads, never);
    return statistics;
}

/// What a view points to.
Mixture copied(const semigen::ModelView &view) {
    const Index size = semigen::factor_size(view.family, view.shape());
    return {view.family,
            view.components,
            view.features,
            Doubles(view.log_weights, view.log_weights + view.components),
            Doubles(view.means, view.means + view.components * view.features),
            Doubles(view.factors, view.factors + semigen::factor_count(view.family, view.components) * size)};
}

Matrix factor_matrix(const Mixture &mixture, Index m) {
    const Index d = mixture.features;
    Matrix factor(d);
    for (Index i = 0; i < d; ++i)
        for (Index j = 0; j < d; ++j) {
            const double *entries = mixture.factor(m);
            if (square(mixture.family)) factor(i, j) = entries[i * d + j];
            if (!square(mixture.family) && i == j) factor(i, i) = entries[mixture.family == Family::diag ? i : 0];
        }
    return factor;
}

TEST(the_observed_columns_keep_weights_and_means_and_their_covariance_is_whitened) {
    for_each_model_and_pattern([](const Model &model, const Indices &observed, Random &) {
        Marginal marginal;
        CHECK(restrict_to(marginal, model, observed) == -1);
        if (observed.empty()) return;
        const Mixture part = copied(marginal.view());
        const auto seen = static_cast<Index>(observed.size());
        CHECK(part.family == model.mixture.family && part.components == model.components() && part.features == seen);
        CHECK(part.log_weights == model.mixture.log_weights);
        for (Index m = 0; m < model.components(); ++m) {
            Matrix covariance(seen);
            for (Index i = 0; i < seen; ++i) {
                CHECK(part.mean(m)[i] == model.mixture.mean(m)[observed[i]]);
                for (Index j = 0; j < seen; ++j) covariance(i, j) = model.covariance(m, observed[i], observed[j]);
            }
            const Matrix factor = factor_matrix(part, m);
            const Matrix whitened = product(product(factor, covariance), transposed(factor));
            for (Index i = 0; i < seen; ++i)
                for (Index j = 0; j < seen; ++j) {
                    CHECK_CLOSE(static_cast<double>(whitened(i, j)), i == j, 1e-13);
                    CHECK(j <= i || factor(i, j) == 0);
                }
        }
    });
}

TEST(a_row_without_any_column_has_density_one) {
    for_each_model_and_pattern([](const Model &model, const Indices &observed, Random &) {
        if (!observed.empty()) return;
        Marginal marginal;
        CHECK(restrict_to(marginal, model, observed) == -1);
        const Mixture part = copied(marginal.view());
        CHECK(part.family == model.mixture.family && part.components == model.components() && part.features == 1);
        const long double zero = 0;
        for (Index m = 0; m < model.components(); ++m) {
            CHECK(part.mean(m)[0] == 0);
            CHECK_CLOSE(static_cast<double>(log_joint(part, m, &zero)), model.mixture.log_weights[m], 1e-15);
        }
    });
}

/// By Gauss and Jordan, with pivots.
Matrix inverse(Matrix a) {
    const Index d = a.d;
    Matrix result(d);
    for (Index i = 0; i < d; ++i) result(i, i) = 1;
    for (Index k = 0; k < d; ++k) {
        Index pivot = k;
        for (Index i = k + 1; i < d; ++i)
            if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
        const long double scale = 1 / a(pivot, k);
        for (Index j = 0; j < d; ++j) {
            std::swap(a(k, j), a(pivot, j));
            std::swap(result(k, j), result(pivot, j));
            a(k, j) *= scale;
            result(k, j) *= scale;
        }
        for (Index i = 0; i < d; ++i) {
            const long double multiplier = a(i, k);
            for (Index j = 0; j < d && i != k; ++j) {
                a(i, j) -= multiplier * a(k, j);
                result(i, j) -= multiplier * result(k, j);
            }
        }
    }
    return result;
}

/// A component's normal distribution of all columns given the observed ones; those have neither variance nor doubt.
class Conditional {
public:
    Conditional(const Model &model, Index m, const Indices &observed)
        : covariance(model.features()), mean_(model.mixture.mean(m)), observed_(observed),
          coefficients_(model.features()) {
        const Index d = model.features(), seen = static_cast<Index>(observed.size());
        Matrix part(seen);
        for (Index i = 0; i < seen; ++i)
            for (Index j = 0; j < seen; ++j) part(i, j) = model.covariance(m, observed[i], observed[j]);
        const Matrix precision = inverse(part);
        for (Index i = 0; i < d; ++i)
            for (Index k = 0; k < seen; ++k)
                for (Index j = 0; j < seen; ++j)
                    coefficients_(i, j) += model.covariance(m, i, observed[k]) * precision(k, j);
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j < d; ++j) {
                if (std::binary_search(observed.begin(), observed.end(), i)) continue;
                if (std::binary_search(observed.begin(), observed.end(), j)) continue;
                covariance(i, j) = model.covariance(m, i, j);
                for (Index k = 0; k < seen; ++k)
                    covariance(i, j) -= coefficients_(i, k) * model.covariance(m, observed[k], j);
            }
    }

    LongDoubles expectation(const LongDoubles &observed_values) const {
        LongDoubles x(mean_, mean_ + covariance.d);
        for (Index i = 0; i < covariance.d; ++i)
            for (std::size_t j = 0; j < observed_.size(); ++j)
                x[i] += coefficients_(i, static_cast<Index>(j)) * (observed_values[j] - mean_[observed_[j]]);
        for (std::size_t j = 0; j < observed_.size(); ++j) x[observed_[j]] = observed_values[j];
        return x;
    }

    Matrix covariance;

private:
    const double *mean_;
    const Indices &observed_;
    Matrix coefficients_;  ///< the first columns of it
};

/// Adds a row's share of the statistics of component m, the row known up to a normal distribution.
void add_moments(const semigen::StatisticsLayout &layout, Index m, long double share, const LongDoubles &expected,
                 const Matrix &covariance, const double *mean, std::vector<Sum> &statistics) {
    const Index d = layout.features;
    const bool tied = semigen::is_shared(layout.family);
    const Index second = layout.second() + (tied ? 0 : m) * layout.second_size();
    statistics[layout.mass() + m].add(share, share);
    const auto deviation = [&](Index j) { return expected[j] - mean[j]; };
    const auto size = [&](Index j) { return std::abs(expected[j]) + std::abs(mean[j]) + 1; };
    for (Index i = 0; i < d; ++i) {
        statistics[layout.first() + m * d + i].add(share * deviation(i), share * size(i));
        for (Index j = 0; j <= i; ++j) {
            const long double product = tied ? expected[i] * expected[j] : deviation(i) * deviation(j);
            const long double term = share * (product + covariance(i, j)), bound = share * size(i) * size(j);
            if (square(layout.family)) statistics[second + semigen::triangle(i) + j].add(term, bound);
            if (!square(layout.family) && i == j)
                statistics[layout.family == Family::diag ? second + i : second].add(term, bound);
        }
    }
}

/// The statistics of rows in their observed columns only, and of all columns in expectation.
struct Observations {
    Doubles of_observed;
    std::vector<Sum> expected;

    Observations(const Model &model, const Indices &observed, Index rows, Random &random) {
        const auto seen = static_cast<Index>(observed.size());
        const Index columns = std::max<Index>(1, seen);
        const semigen::StatisticsLayout part{model.mixture.family, model.components(), columns, 0};
        const semigen::StatisticsLayout all = model.mixture.layout();
        std::vector<Sum> sums(static_cast<std::size_t>(part.size()));
        expected.resize(static_cast<std::size_t>(all.size()));
        const double log_likelihood = 100 * random.normal();
        sums[0].add(log_likelihood, std::abs(log_likelihood));
        expected[0] = sums[0];
        std::vector<Conditional> conditional;
        for (Index m = 0; m < model.components(); ++m) conditional.emplace_back(model, m, observed);
        for (Index r = 0; r < rows; ++r) {
            LongDoubles x(static_cast<std::size_t>(columns), 0);
            for (Index j = 0; j < seen; ++j) x[j] = 2 * random.normal();
            for (Index m = 0; m < model.components(); ++m) {
                const double share = random.uniform(0, 2);
                Doubles mean(static_cast<std::size_t>(columns), 0.0);
                for (Index j = 0; j < seen; ++j) mean[j] = model.mixture.mean(m)[observed[j]];
                add_moments(part, m, share, x, Matrix(columns), mean.data(), sums);
                add_moments(all, m, share, conditional[m].expectation(x), conditional[m].covariance,
                            model.mixture.mean(m), expected);
            }
        }
        for (const Sum &sum : sums) of_observed.push_back(static_cast<double>(sum.value));
    }
};

constexpr Index row_count = 7;

TEST(completed_statistics_are_the_expected_moments_of_every_row) {
    for_each_model_and_pattern([](const Model &model, const Indices &observed, Random &random) {
        const Observations rows(model, observed, row_count, random);
        Marginal marginal;
        CHECK(restrict_to(marginal, model, observed) == -1);
        const Doubles statistics = completed(marginal, rows.of_observed, Doubles(rows.expected.size(), 0.0));
        for (std::size_t i = 0; i < rows.expected.size(); ++i)
            CHECK_CLOSE(statistics[i], static_cast<double>(rows.expected[i].value),
                        3e-14 * static_cast<double>(rows.expected[i].magnitude));
    });
}

/// Patterns follow one another in the same buffers and add up.
TEST(completing_adds_to_what_is_there) {
    for_each_model([](const Model &model, Random &random) {
        Marginal marginal;
        const auto size = static_cast<std::size_t>(model.mixture.layout().size());
        const Doubles before = random.normals(static_cast<Index>(size), 10);
        Doubles statistics = before;
        std::vector<Sum> expected(size);
        for (std::size_t i = 0; i < size; ++i) expected[i].add(before[i], std::abs(before[i]));
        for (const Indices &observed : patterns(model.features())) {
            const Observations rows(model, observed, 2, random);
            CHECK(restrict_to(marginal, model, observed) == -1);
            statistics = completed(marginal, rows.of_observed, statistics);
            for (std::size_t i = 0; i < size; ++i) expected[i].add(rows.expected[i].value, rows.expected[i].magnitude);
        }
        for (std::size_t i = 0; i < size; ++i)
            CHECK_CLOSE(statistics[i], static_cast<double>(expected[i].value),
                        3e-14 * static_cast<double>(expected[i].magnitude));
    });
}

TEST(threads_do_not_change_a_bit) {
    for_each_model_and_pattern([](const Model &model, const Indices &observed, Random &random) {
        const Doubles of_observed = Observations(model, observed, row_count, random).of_observed;
        Marginal serial, parallel;
        CHECK(restrict_to(serial, model, observed, 1) == -1);
        CHECK(restrict_to(parallel, model, observed, 3) == -1);
        const Mixture alone = copied(serial.view()), together = copied(parallel.view());
        CHECK(alone.log_weights == together.log_weights && alone.means == together.means);
        CHECK(alone.factors == together.factors);
        const Doubles nothing(static_cast<std::size_t>(model.mixture.layout().size()), 0.0);
        CHECK(completed(serial, of_observed, nothing, 1) == completed(parallel, of_observed, nothing, 3));
    });
}

/// Ones in all entries of two columns: rank one, and exact in any order of operations.
TEST(a_singular_covariance_is_named_where_its_columns_are_observed) {
    Random random(42);
    for (const Family family : {Family::full, Family::tied})
        for (const Index d : {2, 5, 70})
            for (const int threads : {1, 3}) {
                const checks::Case label(std::string(name(family)) + " d=" + std::to_string(d));
                reference::install(reference::integer_widths[threads % 2]);
                Model model = random_model(family, 4, d, random);
                const Index first = 0, last = d - 1;
                const bool tied = semigen::is_shared(family);
                const Indices broken = tied ? Indices{0} : Indices{1, 3};
                for (const Index m : broken)
                    for (Index i = 0; i < d; ++i)
                        for (const Index j : {first, last}) {
                            double *covariance = model.covariances.data() + m * d * d;
                            covariance[i * d + j] = covariance[j * d + i] = i == first || i == last;
                        }
                Marginal marginal;
                Indices observed = patterns(d)[0];
                CHECK(restrict_to(marginal, model, observed, threads) == (tied ? 0 : 1));
                observed.erase(observed.begin());
                CHECK(restrict_to(marginal, model, observed, threads) == -1);
                CHECK(restrict_to(marginal, model, {first, last}, threads) == (tied ? 0 : 1));
                CHECK(restrict_to(marginal, model, {}, threads) == -1);
            }
}

}  // namespace

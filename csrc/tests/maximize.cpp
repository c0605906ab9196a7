// The M step is the maximiser that theory gives, with and without a prior.
#include "semigen/maximize.hpp"

#include "check.hpp"
#include "matrices.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"
#include "semigen/pass.hpp"

namespace {

using namespace matrices;
using mixtures::name;
using mixtures::square;
using semigen::Family;

/// A prior that owns its arrays.
struct Prior {
    double pseudo_count;
    Doubles target, root, floor;
    semigen::CovariancePrior view() const { return {pseudo_count, target.data(), root.data(), floor.data()}; }
};

Prior random_prior(Family family, Index d, double pseudo_count, double floor, Random &random) {
    Prior prior{pseudo_count,
                {},
                {},
                Doubles(static_cast<std::size_t>(semigen::with_family(
                            family, [d](auto traits) { return traits.floor_size(semigen::Shape{d, 0}); })),
                        floor)};
    if (square(family)) {
        Doubles values;
        for (Index k = 0; k < d; ++k) values.push_back(random.uniform(0.5, 2));
        const Doubles ones(static_cast<std::size_t>(d), 1.0);
        prior.target = with_eigenvalues(random_rotation(d, random), values, ones);
        prior.root = cholesky(Matrix(d, prior.target.data())).doubles();
    } else {
        for (Index j = 0; j < semigen::factor_size(family, {d, 0}); ++j) prior.target.push_back(random.uniform(0.5, 2));
    }
    return prior;
}

/// What an M step is given and what it returns.
struct Step {
    semigen::StatisticsLayout layout;
    Doubles statistics, means, covariances, factors;
    double log_prior = 0;
    Index singular = 0;

    Step(semigen::StatisticsLayout layout, Random &random)
        : layout(layout), statistics(static_cast<std::size_t>(layout.size()), 0.0),
          means(random.normals(layout.components * layout.features, 0.5)) {
        const Index entries = semigen::factor_count(layout.family, layout.components) *
                              semigen::factor_size(layout.family, layout.shape());
        covariances.assign(static_cast<std::size_t>(entries), 3.0);
        factors.assign(covariances.size(), -1.0);
    }

    void maximize(const Prior &prior, int threads = 2) {
        semigen::Interruption never(nullptr);
        const Doubles former = covariances;
        const semigen::ModelUpdate update{means.data(), covariances.data(), factors.data(), former.data()};
        singular = semigen::maximize(layout, statistics.data(), prior.view(), update, threads, never, &log_prior);
    }
};

/// Rows with their component given: the statistics are sums that need no densities.
struct Assigned {
    Index d;
    std::vector<Doubles> rows;
    std::vector<Index> component;
    Doubles weight;
};

Assigned random_assignment(Index n, Index components, Index d, Random &random) {
    Assigned data{d, {}, {}, {}};
    for (Index i = 0; i < n; ++i) {
        data.rows.push_back(random.normals(d, 1));
        for (Index j = 1; j < d; ++j) data.rows.back()[j] += 0.5 * data.rows.back()[j - 1];
        data.component.push_back(i % components);
        data.weight.push_back(random.uniform(0.5, 2));
    }
    return data;
}

void add_statistics(const Assigned &data, Step &step) {
    const semigen::StatisticsLayout &layout = step.layout;
    const Index d = data.d;
    for (std::size_t r = 0; r < data.rows.size(); ++r) {
        const Index m = data.component[r];
        const double weight = data.weight[r];
        const bool tied = semigen::is_shared(layout.family);
        double *second = step.statistics.data() + layout.second() + (tied ? 0 : m) * layout.second_size();
        step.statistics[layout.mass() + m] += weight;
        for (Index i = 0; i < d; ++i) {
            const auto deviation = [&](Index j) { return data.rows[r][j] - step.means[m * d + j]; };
            step.statistics[layout.first() + m * d + i] += weight * deviation(i);
            if (!square(layout.family)) {
                const double value = tied ? data.rows[r][i] : deviation(i);
                second[layout.family == Family::diag ? i : 0] += weight * value * value;
            } else
                for (Index j = 0; j <= i; ++j)
                    second[semigen::triangle(i) + j] +=
                        weight * (tied ? data.rows[r][i] * data.rows[r][j] : deviation(i) * deviation(j));
        }
    }
}

/// Mass, weighted mean and scatter matrix about it, of the rows of one component.
struct Moments {
    long double mass = 0;
    std::vector<long double> mean;
    Matrix scatter;
    Moments(const Assigned &data, Index m) : mean(static_cast<std::size_t>(data.d), 0), scatter(data.d) {
        for (std::size_t r = 0; r < data.rows.size(); ++r) {
            if (data.component[r] != m) continue;
            mass += data.weight[r];
            for (Index j = 0; j < data.d; ++j) mean[j] += data.weight[r] * data.rows[r][j];
        }
        for (long double &value : mean) value /= mass;
        for (std::size_t r = 0; r < data.rows.size(); ++r) {
            if (data.component[r] != m) continue;
            for (Index i = 0; i < data.d; ++i)
                for (Index j = 0; j < data.d; ++j)
                    scatter(i, j) += data.weight[r] * (data.rows[r][i] - mean[i]) * (data.rows[r][j] - mean[j]);
        }
    }
};

/// (scatter + nu target) / (mass + nu) as a full matrix, whatever the family.
Matrix posterior_mode(Family family, const Moments &moments, const Prior &prior) {
    const Index d = moments.scatter.d;
    const long double nu = prior.pseudo_count, rows = moments.mass + nu;
    Matrix covariance(d);
    long double trace = 0;
    for (Index j = 0; j < d; ++j) trace += moments.scatter(j, j);
    for (Index i = 0; i < d; ++i)
        for (Index j = 0; j < d; ++j) {
            if (square(family))
                covariance(i, j) = (moments.scatter(i, j) + nu * prior.target[i * d + j]) / rows;
            else if (i == j && family == Family::diag)
                covariance(i, i) = (moments.scatter(i, i) + nu * prior.target[i]) / rows;
            else if (i == j)
                covariance(i, i) = (trace / static_cast<long double>(d) + nu * prior.target[0]) / rows;
        }
    return covariance;
}

/// Entry (i, j) of covariance or factor m, as though it were a full matrix.
double entry(const semigen::StatisticsLayout &layout, const Doubles &values, Index m, Index i, Index j) {
    const Index d = layout.features;
    if (square(layout.family)) return values[(semigen::is_shared(layout.family) ? 0 : m * d * d) + i * d + j];
    if (i != j) return 0;
    return layout.family == Family::diag ? values[m * d + i] : values[semigen::is_shared(layout.family) ? 0 : m];
}

void check_covariance(const Step &step, Index m, const Matrix &expected) {
    const Index d = expected.d;
    Matrix factor(d);
    for (Index i = 0; i < d; ++i)
        for (Index j = 0; j < d; ++j) {
            CHECK_CLOSE(entry(step.layout, step.covariances, m, i, j), static_cast<double>(expected(i, j)), 1e-12);
            factor(i, j) = entry(step.layout, step.factors, m, i, j);
        }
    const Matrix whitened = product(product(factor, expected), transposed(factor));
    for (Index i = 0; i < d; ++i)
        for (Index j = 0; j < d; ++j) CHECK_CLOSE(static_cast<double>(whitened(i, j)), i == j, 1e-10);
}

/// log det Sigma + tr(Sigma^-1 target).
long double deviance(const Matrix &covariance, Family family, const Doubles &target) {
    const Index d = covariance.d;
    const Matrix inverse_root = inverse_of_lower(cholesky(covariance));
    const Matrix precision = product(transposed(inverse_root), inverse_root);
    long double result = 0;
    for (Index i = 0; i < d; ++i) {
        result -= 2 * std::log(inverse_root(i, i));
        for (Index j = 0; j < d; ++j) {
            const double value = square(family)           ? target[i * d + j]
                                 : i != j                 ? 0.0
                                 : family == Family::diag ? target[i]
                                                          : target[0];
            result += precision(i, j) * value;
        }
    }
    return result;
}

template <class Use>
void for_each_family_and_dimension(Use use) {
    int turn = 0;
    mixtures::for_each_instruction_set([&](const char *set) {
        for (const Family family : mixtures::closed_forms())
            for (const Index d : {1, 2, 5, 64, 66}) {
                const checks::Case label(std::string(name(family)) + " d=" + std::to_string(d) + " " + set);
                reference::install(reference::integer_widths[turn++ % 2]);
                Random random(20);
                use(family, d, random);
            }
    });
}

TEST(one_component_without_a_prior_gets_the_sample_mean_and_covariance) {
    for_each_family_and_dimension([](Family family, Index d, Random &random) {
        const Assigned data = random_assignment(2 * d + 5, 1, d, random);
        const Prior none = random_prior(family, d, 0, 0, random);
        Step step({family, 1, d, 0}, random);
        add_statistics(data, step);
        step.maximize(none);
        CHECK(step.singular == -1);
        CHECK(step.log_prior == 0);
        const Moments moments(data, 0);
        for (Index j = 0; j < d; ++j) CHECK_CLOSE(step.means[j], static_cast<double>(moments.mean[j]), 1e-13);
        check_covariance(step, 0, posterior_mode(family, moments, none));
    });
}

TEST(with_a_prior_covariances_are_the_posterior_mode) {
    for_each_family_and_dimension([](Family family, Index d, Random &random) {
        const Index components = 3;
        const Assigned data = random_assignment(6 * d + 5, components, d, random);
        const Prior prior = random_prior(family, d, 2.5, 1e-6, random);
        Step step({family, components, d, 0}, random);
        add_statistics(data, step);
        step.maximize(prior);
        CHECK(step.singular == -1);
        Moments all(data, 0);
        long double log_prior = 0;
        for (Index m = 0; m < components; ++m) {
            const Moments moments(data, m);
            for (Index j = 0; j < d; ++j)
                CHECK_CLOSE(step.means[m * d + j], static_cast<double>(moments.mean[j]), 1e-13);
            if (semigen::is_shared(family)) {
                if (m == 0) continue;
                all.mass += moments.mass;
                for (std::size_t i = 0; i < all.scatter.entries.size(); ++i)
                    all.scatter.entries[i] += moments.scatter.entries[i];
                if (m + 1 < components) continue;
            }
            const Matrix mode = posterior_mode(family, semigen::is_shared(family) ? all : moments, prior);
            check_covariance(step, m, mode);
            log_prior -= 0.5L * prior.pseudo_count * deviance(mode, family, prior.target);
        }
        CHECK_CLOSE(step.log_prior, static_cast<double>(log_prior), 1e-11 * static_cast<double>(d));
    });
}

TEST(a_component_without_mass_keeps_what_it_had) {
    for_each_family_and_dimension([](Family family, Index d, Random &random) {
        if (semigen::is_shared(family)) return;
        Assigned data = random_assignment(3 * d + 5, 1, d, random);
        std::fill(data.component.begin(), data.component.end(), 1);
        Step step({family, 2, d, 0}, random);
        const Index size = semigen::factor_size(family, {d, 0});
        for (Index i = 0; i < d && square(family); ++i)  // positive definite: 4 on the diagonal, 3 elsewhere
            step.covariances[i * d + i] = 4;
        add_statistics(data, step);
        const Step before = step;
        step.maximize(random_prior(family, d, 0, 1e-6, random));
        CHECK(step.singular == -1);
        CHECK(std::equal(step.means.begin(), step.means.begin() + d, before.means.begin()));
        CHECK(std::equal(step.covariances.begin(), step.covariances.begin() + size, before.covariances.begin()));
        CHECK(step.means[d] != before.means[d] && step.covariances[size] != before.covariances[size]);
    });
}

TEST(the_floor_is_under_every_variance) {
    for_each_family_and_dimension([](Family family, Index d, Random &random) {
        const Assigned data = random_assignment(2, 1, d, random);  // two rows: all directions but one are flat
        const Prior none = random_prior(family, d, 0, 0.25, random);
        Step step({family, 1, d, 0}, random);
        add_statistics(data, step);
        step.maximize(none);
        CHECK(step.singular == -1);
        const Matrix flat = posterior_mode(family, Moments(data, 0), none);
        if (!square(family)) {
            Matrix expected(d);
            for (Index j = 0; j < d; ++j) expected(j, j) = std::max<long double>(flat(j, j), 0.25L);
            check_covariance(step, 0, expected);
            return;
        }
        // Rank one: v v^T with |v|^2 = value becomes floor I + (value - floor) v v^T / value where that raises nothing.
        long double value = 0;
        for (Index j = 0; j < d; ++j) value += flat(j, j);
        Matrix expected(d);
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j < d; ++j)
                expected(i, j) = 0.25L * (i == j) + flat(i, j) * std::max(value - 0.25L, 0.0L) / value;
        check_covariance(step, 0, expected);
    });
}

TEST(a_singular_covariance_without_a_floor_is_named) {
    for_each_family_and_dimension([](Family family, Index d, Random &random) {
        if (semigen::is_shared(family)) return;
        Assigned data = random_assignment(9 * d + 9, 3, d, random);
        Step step({family, 3, d, 0}, random);
        for (std::size_t r = 0; r < data.rows.size(); ++r)  // component 1 sits on its mean: its scatter is exactly zero
            if (data.component[r] == 1) data.rows[r].assign(step.means.begin() + d, step.means.begin() + 2 * d);
        add_statistics(data, step);
        step.maximize(random_prior(family, d, 0, 0, random));
        CHECK(step.singular == 1);
    });
}

TEST(threads_do_not_change_an_m_step) {
    for (const Index d : {40, 66, 130}) {
        reference::install(4);
        Random random(21);
        const Assigned data = random_assignment(5 * d, 4, d, random);
        const Prior prior = random_prior(Family::full, d, 2, 1e-6, random);
        Step serial({Family::full, 4, d, 0}, random);
        add_statistics(data, serial);
        const Step before = serial;
        serial.maximize(prior, 1);
        for (const int threads : {2, 3, 7}) {
            Step parallel = before;
            parallel.maximize(prior, threads);
            CHECK(parallel.means == serial.means && parallel.covariances == serial.covariances);
            CHECK(parallel.factors == serial.factors && parallel.log_prior == serial.log_prior);
        }
    }
}

}  // namespace

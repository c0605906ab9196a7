// EM never lowers the objective: the weighted log-likelihood plus the log prior.
#include "check.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"
#include "semigen/maximize.hpp"
#include "semigen/pass.hpp"

namespace {

using namespace mixtures;

struct Problem {
    Index components, features, positions;
    double pseudo_count, floor;
    int iterations;
    bool heavy_tails = false;  ///< Student t components, with degrees of freedom that are given
};

/// Runs EM on random rows from a random start; returns the objective at the start of every iteration.
template <class T>
Doubles climb(Family family, const Problem &problem, unsigned seed) {
    const Index d = problem.features;
    reference::install(reference::integer_widths[seed % 2]);
    Random random(seed);
    const Sample sample = random_sample(problem.positions, problem.components, d, random);
    const Laid<T> laid(sample);
    Mixture mixture = random_mixture(family, problem.components, d, random);
    for (Index m = 0; m < problem.components && problem.heavy_tails; ++m)
        mixture.degrees_of_freedom.push_back(1.5 * std::pow(6.0, static_cast<double>(m)));

    const Index size = factor_size(family, d), count = semigen::factor_count(family, problem.components);
    Doubles covariances(static_cast<std::size_t>(count * size), square(family) ? 0.0 : 1.0), identity(covariances);
    for (Index m = 0; m < count && square(family); ++m)
        for (Index j = 0; j < d; ++j) covariances[m * size + j * (d + 1)] = 1;
    for (Index m = 0; m < count && semigen::is_latent(family); ++m)
        for (Index i = d; i < size; ++i) covariances[m * size + i] = 0.3 * random.normal();
    const Doubles target(covariances.begin(), covariances.begin() + size);
    const Doubles floor(static_cast<std::size_t>(d), problem.floor);
    const semigen::CovariancePrior prior{problem.pseudo_count, target.data(), target.data(), floor.data()};
    Doubles former = covariances;
    const semigen::ModelUpdate update{mixture.means.data(), covariances.data(), mixture.factors.data(), former.data()};
    const semigen::StatisticsLayout layout = mixture.layout();

    semigen::PassMemory memory;
    semigen::Workspace<T> workspace;
    semigen::Interruption never(nullptr);
    Doubles statistics(static_cast<std::size_t>(layout.size())), objectives;
    double log_prior = 0;
    CHECK(semigen::finish_covariances(layout, prior, update, 2, never, &log_prior,
                                      [](Index, const semigen::Worker &) {}) == -1);
    for (int iteration = 0; iteration < problem.iterations; ++iteration) {
        semigen::expectation(laid.rows, mixture.view(), memory, workspace, true, 2, never, statistics.data());
        objectives.push_back(statistics[0] + log_prior);
        double total = 0;
        for (Index m = 0; m < problem.components; ++m) total += statistics[layout.mass() + m];
        for (Index m = 0; m < problem.components; ++m)
            mixture.log_weights[m] = std::log(statistics[layout.mass() + m] / total);
        former = covariances;
        CHECK(semigen::maximize(layout, statistics.data(), prior, update, 2, never, &log_prior) == -1);
    }
    return objectives;
}

template <class T>
void check_climb(Family family, const Problem &problem, double slack) {
    const checks::Case label(std::string(name(family)) + " " + precision_name<T> +
                             " d=" + std::to_string(problem.features));
    for (unsigned seed = 1; seed <= 3; ++seed) {
        const Doubles objectives = climb<T>(family, problem, seed);
        for (std::size_t i = 1; i < objectives.size(); ++i) {
            const double allowed = slack * std::abs(objectives[i]);
            CHECK_CLOSE(std::min(objectives[i] - objectives[i - 1], 0.0), 0, allowed);
        }
        CHECK(objectives.back() > objectives.front());
    }
}

constexpr double rounding = 1e-12, float_rounding = 1e-6;

TEST(the_objective_never_decreases) {
    for (const Family family : families) {
        check_climb<double>(family, {4, 5, 300, 0, 1e-6, 50}, rounding);
        check_climb<float>(family, {4, 5, 300, 0, 1e-6, 50}, float_rounding);
    }
}

TEST(the_objective_never_decreases_with_a_prior) {
    for (const Family family : families) check_climb<double>(family, {4, 5, 300, 3, 1e-6, 50}, rounding);
}

TEST(the_objective_never_decreases_where_the_floor_holds_variances_up) {
    for (const Family family : families)
        for (const double pseudo_count : {0.0, 1.5})
            check_climb<double>(family, {4, 6, 30, pseudo_count, 0.3, 50}, rounding);
}

TEST(the_objective_never_decreases_with_heavy_tails) {
    for (const Family family : families) {
        check_climb<double>(family, {4, 5, 300, 0, 1e-6, 50, true}, rounding);
        check_climb<float>(family, {4, 5, 300, 0, 1e-6, 50, true}, float_rounding);
        check_climb<double>(family, {4, 2, 300, 3, 1e-6, 50, true}, rounding);
        check_climb<double>(family, {3, 66, 150, 2, 1e-6, 12, true}, rounding);
    }
}

TEST(the_objective_never_decreases_in_many_dimensions) {
    for (const Family family : families) {
        check_climb<double>(family, {3, 66, 150, 2, 1e-6, 12}, rounding);
        check_climb<double>(family, {3, 66, 40, 0, 0.3, 8}, rounding);
    }
}

}  // namespace

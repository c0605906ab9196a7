// Rows with unsure labels: log priors over classes add to log densities, and impossible classes get nothing.
#include "check.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"
#include "semigen/pass.hpp"

namespace {

using namespace mixtures;

constexpr double impossible = -std::numeric_limits<double>::infinity();

template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-13 : 3e-5;

template <class T>
Doubles statistics_of(const semigen::Rows<T> &rows, const Mixture &mixture, bool prune) {
    semigen::PassMemory memory;
    semigen::Workspace<T> workspace;
    semigen::Interruption never(nullptr);
    Doubles statistics(static_cast<std::size_t>(mixture.layout().size()), -1.0);
    semigen::expectation(rows, mixture.view(), memory, workspace, prune, 2, never, statistics.data());
    return statistics;
}

/// Allows for responsibilities that pruning leaves out, times products of deviations.
template <class T>
void check_sums(const Doubles &actual, const std::vector<Sum> &expected, Index positions, bool prune) {
    const double left_out =
        prune ? 1e4 * static_cast<double>(positions) * std::exp(static_cast<double>(semigen::negligible_log_ratio<T>))
              : 1e-30;
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK_CLOSE(actual[i], static_cast<double>(expected[i].value),
                    tolerance<T> * static_cast<double>(expected[i].magnitude) + left_out);
}

/// Between `lowest` and 0; a third of them impossible, but for one in each row.
Doubles random_log_priors(Index rows, Index classes, double lowest, Random &random) {
    Doubles log_priors;
    for (Index r = 0; r < rows; ++r)
        for (Index k = 0; k < classes; ++k)
            log_priors.push_back(k != r % classes && random.uniform(0, 3) < 1 ? impossible : random.uniform(lowest, 0));
    return log_priors;
}

std::string shape(Family family, Index d, Index n) {
    return std::string(name(family)) + " d=" + std::to_string(d) + " n=" + std::to_string(n);
}

/// Calls use(rows, set, prune) for every precision, instruction set and way of pruning.
template <class Use>
void for_each_pass(const Sample &sample, Layout layout, Use use) {
    for_each_precision([&](auto zero) {
        using T = decltype(zero);
        const Laid<T> laid(sample, layout);
        for_each_instruction_set([&](const char *set) {
            for (const bool prune : {false, true}) {
                const checks::Case label(std::string(set) + " " + precision_name<T> + (prune ? " pruned" : ""));
                use(laid.rows, prune);
            }
        });
    });
}

/// Unsure rows between unlabelled and labelled ones, so that priors must begin and end where their group does.
TEST(statistics_are_those_of_the_definition) {
    Random random(31);
    int turn = 0;
    for (const Family family : families)
        for (const Index d : {1, 2, 5, 16, 65, 70})
            for (const Index n : {1, 33, 700}) {
                const checks::Case label(shape(family, d, n));
                const Index components = 3 + turn % 3, first = n / 5, last = n - n / 5;
                const Mixture mixture = random_mixture(family, components, d, random);
                Sample sample = random_sample(n, components, d, random);
                sample.classes = 2 + turn / 3 % 2;
                const Doubles log_priors = random_log_priors(last - first, sample.classes, -5, random);
                for (Index m = 0; m < components; ++m) sample.component_class.push_back((m + 1) % sample.classes);
                sample.groups = {{0, first, 0, components, 0.3},
                                 {first, last, 0, components, 0.7, log_priors.data()},
                                 {last, n, 0, (components + 1) / 2, 1}};
                const std::vector<Sum> expected = naive_expectation(sample, mixture);
                reference::install(reference::integer_widths[turn % 2]);
                for_each_pass(sample, layouts[turn % 4], [&](const auto &rows, bool prune) {
                    using T = std::remove_const_t<std::remove_reference_t<decltype(*rows.centre)>>;
                    check_sums<T>(statistics_of(rows, mixture, prune), expected, n, prune);
                });
                ++turn;
            }
}

/// Clusters from touching to far apart; priors that speak louder than the bounds on densities.
TEST(bounds_take_priors_into_account) {
    reference::install(8);
    Random random(32);
    for (const Index d : {32, 41, 65})
        for (const double distance : {1.0, 6.0, 20.0}) {
            const checks::Case label("d=" + std::to_string(d) + " distance=" + std::to_string(distance));
            const Index n = 700, components = 6;
            Mixture mixture = random_mixture(Family::full, components, d, random);
            for (double &mean : mixture.means) mean *= distance;
            Sample sample = random_sample(n, components, d, random);
            for (Index i = 0; i < sample.rows * d; ++i)
                sample.values[i] +=
                    static_cast<float>(mixture.means[i / d % components * d + i % d]) / sample.scale[i % d];
            const Doubles log_priors = random_log_priors(n, 3, -100, random);
            sample.classes = 3;
            sample.component_class = {0, 1, 2, 2, 1, 0};
            sample.groups = {{0, n, 0, components, 1.0, log_priors.data()}};
            const std::vector<Sum> expected = naive_expectation(sample, mixture);
            for_each_pass(sample, layouts[d % 4], [&](const auto &rows, bool prune) {
                using T = std::remove_const_t<std::remove_reference_t<decltype(*rows.centre)>>;
                check_sums<T>(statistics_of(rows, mixture, prune), expected, n, prune);
            });
        }
}

/// A sample of one group, and a mixture of three classes with 2, 1 and 3 components.
struct OneGroup {
    static constexpr Index classes = 3, components = 6;
    static constexpr Index class_first[] = {0, 2, 3, 6};
    Mixture mixture;
    Sample sample;

    OneGroup(Family family, Index d, Index n, Random &random)
        : mixture(random_mixture(family, components, d, random)), sample(random_sample(n, components, d, random)) {
        sample.classes = classes;
        sample.component_class = {0, 0, 1, 2, 2, 2};
        sample.groups = {{0, n, 0, components, 1.0}};
    }
};

template <class Use>
void for_each_family_and_dimension(Use use) {
    Random random(33);
    for (const Family family : families)
        for (const Index d : {1, 3, 16, 40, 65}) {
            const Index n = 300;
            const checks::Case label(shape(family, d, n));
            reference::install(reference::integer_widths[d % 2]);
            use(OneGroup(family, d, n, random));
        }
}

TEST(a_sure_prior_is_a_label) {
    for_each_family_and_dimension([](OneGroup data) {
        const Index n = data.sample.positions;
        for (Index k = 0; k < data.classes; ++k) {
            Sample labelled = data.sample;
            labelled.groups = {{0, n, data.class_first[k], data.class_first[k + 1], 1.0}};
            const std::vector<Sum> expected = naive_expectation(labelled, data.mixture);
            Doubles log_priors(static_cast<std::size_t>(n * data.classes), impossible);
            for (Index r = 0; r < n; ++r) log_priors[r * data.classes + k] = 0;
            data.sample.groups[0].log_priors = log_priors.data();
            for_each_pass(data.sample, Layout::c_order, [&](auto rows, bool prune) {
                using T = std::remove_const_t<std::remove_reference_t<decltype(*rows.centre)>>;
                const Doubles statistics = statistics_of(rows, data.mixture, prune);
                check_sums<T>(statistics, expected, n, prune);
                if (prune) return;
                rows.groups = labelled.groups.data();
                CHECK(statistics == statistics_of(rows, data.mixture, prune));
            });
        }
    });
}

TEST(equal_priors_say_nothing) {
    for_each_family_and_dimension([](OneGroup data) {
        const Index n = data.sample.positions;
        const double constant = -1.25;
        std::vector<Sum> expected = naive_expectation(data.sample, data.mixture);
        for (const std::int64_t row : data.sample.order) {
            const double weight = data.sample.weights[row];
            expected[0].add(constant * weight, std::abs(constant) * weight);
        }
        const Doubles log_priors(static_cast<std::size_t>(n * data.classes), constant);
        data.sample.groups[0].log_priors = log_priors.data();
        for_each_pass(data.sample, Layout::c_order, [&](const auto &rows, bool prune) {
            using T = std::remove_const_t<std::remove_reference_t<decltype(*rows.centre)>>;
            check_sums<T>(statistics_of(rows, data.mixture, prune), expected, n, prune);
        });
    });
}

/// Distances that overflow, in one column, half of them or all, from components that are wide or all but points.
template <class T>
void check_far_rows(double narrow) {
    Random random(34);
    for (const Family family : families)
        for (const Index d : {1, 5, 40, 65})
            for (const double narrowing : {1.0, narrow})
                for (Index impossible_class = 0; impossible_class < OneGroup::classes; ++impossible_class) {
                    const Index n = 4;
                    const checks::Case label(shape(family, d, n) + " " + precision_name<T> + " narrowing=" +
                                             std::to_string(narrowing) + " class=" + std::to_string(impossible_class));
                    OneGroup data(family, d, n, random);
                    const Index size = factor_size(family, d);
                    for (Index i = 0; i < static_cast<Index>(data.mixture.factors.size()); ++i)
                        if (semigen::is_shared(family) || data.sample.component_class[i / size] != impossible_class)
                            data.mixture.factors[i] *= narrowing;
                    Doubles log_priors(static_cast<std::size_t>(n * data.classes), std::log(0.5));
                    for (Index r = 0; r < n; ++r) log_priors[r * data.classes + impossible_class] = impossible;
                    data.sample.groups[0].log_priors = log_priors.data();
                    std::fill(data.sample.weights.begin(), data.sample.weights.end(), 1.0);
                    const Laid<T> laid(data.sample);
                    semigen::Rows<T> rows = laid.rows;
                    std::vector<T> values(static_cast<std::size_t>(data.sample.rows * d), T(3));
                    rows.values = {values.data(), data.sample.rows, d, d, 1};
                    for (const T far : {std::sqrt(std::numeric_limits<T>::max()), std::numeric_limits<T>::max(),
                                        std::numeric_limits<T>::infinity()}) {
                        values[data.sample.order[0] * d] = far;
                        for (Index j = 0; j < d; ++j) {
                            values[data.sample.order[1] * d + j] = j % 2 ? far : -far;
                            if (j >= d / 2) values[data.sample.order[2] * d + j] = far;
                        }
                        for_each_instruction_set([&](const char *set) {
                            for (const bool prune : {false, true}) {
                                const checks::Case label(std::string(set) + (prune ? " pruned" : ""));
                                const Doubles statistics = statistics_of(rows, data.mixture, prune);
                                double total = 0;
                                for (Index m = 0; m < data.components; ++m) {
                                    const double mass = statistics[data.mixture.layout().mass() + m];
                                    if (data.sample.component_class[m] == impossible_class) CHECK(mass == 0);
                                    total += mass;
                                }
                                CHECK_CLOSE(total, static_cast<double>(n), tolerance<T>);
                                CHECK(std::isfinite(statistics[0]));
                            }
                        });
                    }
                }
}

TEST(an_impossible_class_gets_nothing_however_far_out_a_row_lies) {
    reference::install(4);
    check_far_rows<double>(1e11);
    check_far_rows<float>(1e7);
}

}  // namespace

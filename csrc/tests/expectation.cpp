// The statistics of a pass are those that the definition of the E step gives.
#include "check.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"
#include "semigen/pass.hpp"

namespace {

using namespace mixtures;

constexpr Index dimensions[] = {1, 2, 3, 4, 5, 16, 63, 64, 65, 70};
constexpr Index counts[] = {1, 7, 33, 257, 1000};

template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-13 : 3e-5;

template <class T>
Doubles statistics_of(const semigen::Rows<T> &rows, const Mixture &mixture, bool prune = false) {
    semigen::PassMemory memory;
    semigen::Workspace<T> workspace;
    semigen::Interruption never(nullptr);
    Doubles statistics(static_cast<std::size_t>(mixture.layout().size()), -1.0);
    semigen::expectation(rows, mixture.view(), memory, workspace, prune, 2, never, statistics.data());
    return statistics;
}

void check_sums(const Doubles &actual, const std::vector<Sum> &expected, double relative) {
    constexpr double negligible = 1e-30;  // responsibilities below the range of float are dropped
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto value = static_cast<double>(expected[i].value);
        CHECK_CLOSE(actual[i], value, relative * static_cast<double>(expected[i].magnitude) + negligible);
    }
}

std::string shape(Family family, Index d, Index n) {
    return std::string(name(family)) + " d=" + std::to_string(d) + " n=" + std::to_string(n);
}

/// Every family, dimension, length, precision and instruction set; memory layouts and integer widths take turns.
TEST(statistics_are_those_of_the_definition) {
    Random random(5);
    int turn = 0;
    for (const Family family : families)
        for (const Index d : dimensions)
            for (const Index n : counts) {
                const checks::Case label(shape(family, d, n));
                const Index components = 1 + turn % 4;
                const Mixture mixture = random_mixture(family, components, d, random);
                const Sample sample = random_sample(n, components, d, random);
                const std::vector<Sum> expected = naive_expectation(sample, mixture);
                reference::install(reference::integer_widths[turn % 2]);
                for_each_precision([&](auto zero) {
                    using T = decltype(zero);
                    const Laid<T> laid(sample, layouts[turn % 4]);
                    for_each_instruction_set([&](const char *set) {
                        const checks::Case label(std::string(set) + " " + precision_name<T>);
                        check_sums(statistics_of(laid.rows, mixture), expected, tolerance<T>);
                    });
                });
                ++turn;
            }
}

/// Pruning leaves out responsibilities below exp(negligible_log_ratio); clusters from touching to far apart.
TEST(pruning_changes_sums_by_what_it_left_out_and_no_more) {
    reference::install(8);
    Random random(11);
    for (const Index d : {2, 16, 40, 65})
        for (const double distance : {1.0, 6.0, 20.0}) {
            const checks::Case label("d=" + std::to_string(d) + " distance=" + std::to_string(distance));
            const Index n = 700, components = 6;
            Mixture mixture = random_mixture(Family::full, components, d, random);
            for (double &mean : mixture.means) mean *= distance;
            Sample sample = random_sample(n, components, d, random);
            for (Index i = 0; i < sample.rows * d; ++i)
                sample.values[i] +=
                    static_cast<float>(mixture.means[i / d % components * d + i % d]) / sample.scale[i % d];
            const std::vector<Sum> expected = naive_expectation(sample, mixture);
            for_each_precision([&](auto zero) {
                using T = decltype(zero);
                const Laid<T> laid(sample, layouts[d % 4]);
                const double left_out = static_cast<double>(n) *
                                        std::exp(static_cast<double>(semigen::negligible_log_ratio<T>)) *
                                        1e4;  // products of deviations stay below this
                for_each_instruction_set([&](const char *set) {
                    const checks::Case label(std::string(set) + " " + precision_name<T>);
                    const Doubles pruned = statistics_of(laid.rows, mixture, true);
                    for (std::size_t i = 0; i < expected.size(); ++i)
                        CHECK_CLOSE(pruned[i], static_cast<double>(expected[i].value),
                                    tolerance<T> * static_cast<double>(expected[i].magnitude) + left_out);
                });
            });
        }
}

TEST(memory_layout_does_not_matter_to_the_last_bit) {
    reference::install(4);
    Random random(6);
    for (const Family family : families)
        for (const Index d : {3, 65}) {
            const Mixture mixture = random_mixture(family, 3, d, random);
            const Sample sample = random_sample(77, 3, d, random);
            for_each_precision([&](auto zero) {
                using T = decltype(zero);
                const Doubles expected = statistics_of(Laid<T>(sample).rows, mixture);
                for (const Layout layout : layouts)
                    CHECK(statistics_of(Laid<T>(sample, layout).rows, mixture) == expected);
            });
        }
}

TEST(no_order_and_no_weights_mean_the_identity_and_ones) {
    reference::install(8);
    Random random(7);
    for (const Family family : families)
        for (const Index d : {3, 65}) {
            const Mixture mixture = random_mixture(family, 3, d, random);
            Sample sample = random_sample(77, 3, d, random);
            std::iota(sample.order.begin(), sample.order.end(), 0);
            std::fill(sample.weights.begin(), sample.weights.end(), 1.0);
            const Laid<double> spelled_out(sample);
            semigen::Rows<double> implied = spelled_out.rows;
            implied.order = nullptr;
            implied.weights = nullptr;
            CHECK(statistics_of(implied, mixture) == statistics_of(spelled_out.rows, mixture));
        }
}

TEST(a_weight_of_two_is_a_row_seen_twice_and_zero_a_row_not_seen) {
    reference::install(4);
    Random random(8);
    for (const Family family : families)
        for (const Index d : {3, 65}) {
            const checks::Case label(shape(family, d, 40));
            const Mixture mixture = random_mixture(family, 2, d, random);
            Sample weighted = random_sample(40, 2, d, random);
            weighted.groups = {{0, 40, 0, 2, 1.0}};
            for (Index i = 0; i < weighted.rows; ++i) weighted.weights[i] = static_cast<double>(i % 3);
            Sample repeated = weighted;
            repeated.order.clear();
            for (const std::int64_t row : weighted.order)
                for (double copies = 0; copies < weighted.weights[row]; ++copies) repeated.order.push_back(row);
            std::fill(repeated.weights.begin(), repeated.weights.end(), 1.0);
            repeated.positions = static_cast<Index>(repeated.order.size());
            repeated.groups[0].last = repeated.positions;
            const Doubles statistics = statistics_of(Laid<double>(weighted).rows, mixture);
            check_sums(statistics, naive_expectation(repeated, mixture), tolerance<double>);
        }
}

TEST(a_labelled_row_gives_nothing_to_components_of_other_classes) {
    reference::install(4);
    Random random(9);
    for (const Family family : families)
        for (const Index d : {3, 65}) {
            const Mixture mixture = random_mixture(family, 3, d, random);
            Sample sample = random_sample(50, 3, d, random);
            sample.groups = {{0, 0, 0, 3, 0.3}, {0, 50, 1, 2, 1.0}};
            const Doubles statistics = statistics_of(Laid<double>(sample).rows, mixture);
            double total = 0;
            for (const std::int64_t row : sample.order) total += sample.weights[row];
            CHECK(statistics[1] == 0 && statistics[3] == 0);
            CHECK_CLOSE(statistics[2], total, 1e-12 * total);
        }
}

TEST(a_pass_without_weight_says_nothing) {
    reference::install(4);
    Random random(10);
    for (const Family family : families)
        for (const Index d : {3, 65}) {
            const Mixture mixture = random_mixture(family, 2, d, random);
            Sample sample = random_sample(40, 2, d, random);
            std::fill(sample.weights.begin(), sample.weights.end(), 0.0);
            for (const double value : statistics_of(Laid<float>(sample).rows, mixture)) CHECK(value == 0);
        }
}

TEST(no_rows_say_nothing) {
    Random random(22);
    for (const Family family : families)
        for (const Index d : {3, 65}) {
            const Mixture mixture = random_mixture(family, 2, d, random);
            Sample sample = random_sample(1, 2, d, random);
            sample.positions = 0;
            sample.groups.clear();
            for (const double value : statistics_of(Laid<double>(sample).rows, mixture)) CHECK(value == 0);
        }
}

TEST(rows_far_away_leave_finite_statistics) {
    reference::install(4);
    Random random(11);
    for (const Family family : families)
        for (const Index d : {3, 65})
            for_each_instruction_set([&](const char *set) {
                const checks::Case label(shape(family, d, 40) + " " + set);
                const Mixture mixture = random_mixture(family, 3, d, random);
                Sample sample = random_sample(40, 3, d, random);
                for (Index i = 0; i < 40 * d; i += 7) sample.values[i] = i % 2 ? 1e38f : -1e30f;
                for_each_precision([&](auto zero) {
                    for (const double value : statistics_of(Laid<decltype(zero)>(sample).rows, mixture))
                        CHECK(std::isfinite(value));
                });
            });
}

}  // namespace

/// The third pass sums the moments of groups with a single component once and for all.
TEST(later_passes_give_what_the_first_gave_wherever_the_means_are) {
    reference::install(4);
    Random random(12);
    for (const Family family : families)
        for (const Index d : {1, 3, 17, 65}) {
            const checks::Case label(shape(family, d, 500));
            const Index components = 2;  // so that both classes of the sample have one component
            const Sample sample = random_sample(500, components, d, random);
            for_each_precision([&](auto zero) {
                using T = decltype(zero);
                const Laid<T> laid(sample, layouts[d % 4]);
                semigen::PassMemory memory;
                semigen::Workspace<T> workspace;
                semigen::Interruption never(nullptr);
                for (int pass = 0; pass < 5; ++pass) {
                    const Mixture mixture = random_mixture(family, components, d, random);
                    Doubles statistics(static_cast<std::size_t>(mixture.layout().size()), -1.0);
                    semigen::expectation(laid.rows, mixture.view(), memory, workspace, false, 2, never,
                                         statistics.data());
                    CHECK(memory.known.known() == (pass >= 2 && !semigen::is_latent(family)));
                    check_sums(statistics, naive_expectation(sample, mixture), tolerance<T>);
                }
            });
        }
}

TEST(a_model_of_another_shape_forgets_what_was_summed_for_the_last) {
    reference::install(8);
    Random random(13);
    const Index d = 3, n = 200;
    const Sample sample = random_sample(n, 2, d, random);
    const Laid<double> laid(sample);
    semigen::PassMemory memory;
    semigen::Workspace<double> workspace;
    semigen::Interruption never(nullptr);
    for (const Family family : {Family::tied, Family::full, Family::spherical, Family::diag, Family::tied})
        for (const Index components : {2, 40})
            for (int pass = 0; pass < 4; ++pass) {
                const checks::Case label(shape(family, d, n));
                const Mixture mixture = random_mixture(family, components, d, random);
                Doubles statistics(static_cast<std::size_t>(mixture.layout().size()), -1.0);
                semigen::expectation(laid.rows, mixture.view(), memory, workspace, false, 2, never, statistics.data());
                check_sums(statistics, naive_expectation(sample, mixture), tolerance<double>);
            }
}

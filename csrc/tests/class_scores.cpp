// log p(x, class) is what the definition says, and finite however far away a row lies.
#include "check.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"
#include "semigen/pass.hpp"

namespace {

using namespace mixtures;

/// Three classes with 2, 1 and 3 components.
const std::vector<Index> class_first{0, 2, 3, 6};
constexpr Index classes = 3, components = 6;

Sample unlabelled_sample(Index n, Index d, Random &random) {
    Sample sample = random_sample(n, components, d, random);
    sample.groups = {{0, n, 0, components, 1.0}};
    return sample;
}

template <class T>
Doubles scores_of(const semigen::Rows<T> &rows, const Mixture &mixture, int threads = 2) {
    semigen::Workspace<T> workspace;
    semigen::Interruption never(nullptr);
    Doubles scores(static_cast<std::size_t>(rows.positions * classes), std::nan(""));
    semigen::class_scores(rows, mixture.view(), workspace, threads, never,
                          {scores.data(), class_first.data(), classes});
    return scores;
}

TEST(scores_are_those_of_the_definition) {
    Random random(12);
    int turn = 0;
    for (const Family family : families)
        for (const Index d : {1, 3, 16, 64, 65, 70})
            for (const Index n : {1, 33, 257}) {
                const checks::Case label(std::string(name(family)) + " d=" + std::to_string(d));
                const Mixture mixture = random_mixture(family, components, d, random);
                const Sample sample = unlabelled_sample(n, d, random);
                Doubles expected;
                std::vector<long double> x(static_cast<std::size_t>(d));
                for (Index position = 0; position < n; ++position) {
                    for (Index j = 0; j < d; ++j) x[j] = sample.coordinate(position, j);
                    for (Index k = 0; k < classes; ++k) {
                        std::vector<long double> joint;
                        for (Index m = class_first[k]; m < class_first[k + 1]; ++m)
                            joint.push_back(log_joint(mixture, m, x.data()));
                        expected.push_back(static_cast<double>(log_sum_exp(joint)));
                    }
                }
                reference::install(reference::integer_widths[turn % 2]);
                for_each_precision([&](auto zero) {
                    using T = decltype(zero);
                    const Laid<T> laid(sample, layouts[turn % 4]);
                    const double relative = sizeof(T) == 8 ? 1e-14 : 3e-6;
                    for_each_instruction_set([&](const char *set) {
                        const checks::Case label(std::string(set) + " " + precision_name<T>);
                        const Doubles scores = scores_of(laid.rows, mixture);
                        for (std::size_t i = 0; i < scores.size(); ++i)
                            CHECK_CLOSE(scores[i], expected[i],
                                        relative * (std::abs(expected[i]) + static_cast<double>(d)));
                    });
                });
                ++turn;
            }
}

TEST(scores_are_the_same_for_every_number_of_threads) {
    reference::install(4);
    Random random(13);
    for (const Family family : families)
        for (const Index d : {5, 65}) {
            const Mixture mixture = random_mixture(family, components, d, random);
            const Sample sample = unlabelled_sample(d < 64 ? 6000 : 700, d, random);
            const Laid<double> laid(sample);
            const Doubles expected = scores_of(laid.rows, mixture, 1);
            for (const int threads : {2, 3, 7}) CHECK(scores_of(laid.rows, mixture, threads) == expected);
        }
}

/// Distances that would overflow, in one column and in all, in either direction.
template <class T>
void check_far_rows(std::initializer_list<T> far) {
    Random random(14);
    for (const Family family : families)
        for (const Index d : {1, 5, 64, 65})
            for_each_instruction_set([&](const char *set) {
                const checks::Case label(std::string(name(family)) + " d=" + std::to_string(d) + " " + set);
                const Mixture mixture = random_mixture(family, components, d, random);
                const Sample sample = unlabelled_sample(3, d, random);
                const Laid<T> laid(sample);
                std::vector<T> values(static_cast<std::size_t>(sample.rows * d), T(3));
                semigen::Rows<T> rows = laid.rows;
                rows.values = {values.data(), sample.rows, d, d, 1};
                for (const T value : far) {
                    values[sample.order[0] * d] = value;
                    for (Index j = 0; j < d; ++j) values[sample.order[1] * d + j] = j % 2 ? value : -value;
                    const Doubles scores = scores_of(rows, mixture);
                    for (Index i = 0; i < 3 * classes; ++i) {
                        CHECK(std::isfinite(scores[i]));
                        CHECK(i < 2 * classes ? scores[i] < -1e20 : scores[i] > -1e4);
                    }
                }
            });
}

TEST(rows_far_away_have_finite_scores) {
    reference::install(4);
    check_far_rows<double>({1e150, 1e300, std::numeric_limits<double>::max()});
    check_far_rows<float>({1e20f, 1e30f, std::numeric_limits<float>::max()});
}

}  // namespace

// Rows that may be noise: log-likelihood, masses and what is noise are those of the definition.
#include "check.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"
#include "semigen/pass.hpp"

namespace {

using namespace mixtures;

template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-12 : 1e-4;

template <class T>
Doubles statistics_of(const semigen::Rows<T> &rows, const semigen::ModelView &model, bool prune) {
    semigen::PassMemory memory;
    semigen::Workspace<T> workspace;
    semigen::Interruption never(nullptr);
    Doubles statistics(static_cast<std::size_t>(model.layout().size()), -1.0);
    // From the third pass on, moments of rows whose component is known are remembered.
    for (int pass = 0; pass < 4; ++pass)
        semigen::expectation(rows, model, memory, workspace, prune, 2, never, statistics.data());
    return statistics;
}

/// Log-likelihood, what is noise, what may be, and the mass of every component.
struct Expected {
    long double log_likelihood = 0, noise = 0, total = 0;
    std::vector<long double> mass;
};

Expected definition(const Sample &sample, const Mixture &mixture, const semigen::ModelView &model) {
    Expected expected;
    expected.mass.assign(static_cast<std::size_t>(mixture.components), 0);
    std::vector<long double> x(static_cast<std::size_t>(mixture.features));
    for (const RowGroup &group : sample.groups)
        for (Index position = group.first; position < group.last; ++position) {
            const long double weight = sample.weights[sample.order[position]] * group.weight;
            for (Index j = 0; j < mixture.features; ++j) x[j] = sample.coordinate(position, j);
            std::vector<long double> joint;
            for (Index m = group.first_component; m < group.last_component; ++m)
                joint.push_back(log_joint(mixture, m, x.data()) + sample.log_prior(group, position, m));
            long double evidence = log_sum_exp(joint);
            if (group.may_be_noise) {
                long double noise = model.noise_log_density(), least = 0;
                for (Index k = 0; group.log_priors != nullptr && k < sample.classes; ++k)
                    least =
                        std::min<long double>(least, group.log_priors[(position - group.first) * sample.classes + k]);
                noise += least;
                evidence = log_sum_exp({evidence, noise});
                expected.noise += weight * std::exp(noise - evidence);
                expected.total += weight;
            }
            for (Index m = group.first_component; m < group.last_component; ++m)
                expected.mass[m] += weight * std::exp(joint[m - group.first_component] - evidence);
            expected.log_likelihood += weight * evidence;
        }
    return expected;
}

/// A row of typical density is as probable as noise, however many columns there are.
Doubles typical_noise(const Sample &sample, const Mixture &mixture) {
    std::vector<long double> x(static_cast<std::size_t>(mixture.features)), joint;
    for (Index j = 0; j < mixture.features; ++j) x[j] = sample.coordinate(0, j);
    for (Index m = 0; m < mixture.components; ++m) joint.push_back(log_joint(mixture, m, x.data()));
    const auto side = static_cast<double>(-log_sum_exp(joint)) / static_cast<double>(mixture.features);
    Doubles noise(static_cast<std::size_t>(1 + mixture.features), side);
    noise[0] = 0;
    return noise;
}

}  // namespace

TEST(statistics_beside_noise_are_those_of_the_definition) {
    Random random(41);
    int turn = 0;
    for (const Family family : families)
        for (const Index d : {1, 2, 5, 16, 65, 70})
            for (const bool unsure : {false, true}) {
                const Index components = 1 + turn++ % 3, n = 150;
                const checks::Case label(std::string(name(family)) + " d=" + std::to_string(d));
                const Mixture mixture = random_mixture(family, components, d, random);
                Sample sample = random_sample(n, components, d, random);
                sample.groups[0].may_be_noise = true;
                Doubles log_priors;
                if (unsure) {  // the unlabelled rows have unsure labels
                    sample.classes = components;
                    for (Index m = 0; m < components; ++m) sample.component_class.push_back(m);
                    for (Index i = 0; i < sample.groups[0].last * components; ++i)
                        log_priors.push_back(random.uniform(-3, 0));
                    sample.groups[0].log_priors = log_priors.data();
                }
                const Doubles noise = typical_noise(sample, mixture);
                semigen::ModelView model = mixture.view();
                model.noise = noise.data();
                const Expected expected = definition(sample, mixture, model);
                reference::install(reference::integer_widths[turn % 2]);
                for_each_precision([&](auto zero) {
                    using T = decltype(zero);
                    const Laid<T> laid(sample, layouts[turn % 4]);
                    for_each_instruction_set([&](const char *set) {
                        const checks::Case label(std::string(set) + " " + precision_name<T>);
                        const Doubles actual = statistics_of(laid.rows, model, turn % 2 == 0);
                        const auto total = static_cast<double>(expected.total);
                        const auto size = tolerance<T> * 100 * (1 + total);
                        CHECK_CLOSE(actual[0], static_cast<double>(expected.log_likelihood),
                                    tolerance<T> * (1 + std::abs(static_cast<double>(expected.log_likelihood))));
                        for (Index m = 0; m < components; ++m)
                            CHECK_CLOSE(actual[1 + m], static_cast<double>(expected.mass[m]), size);
                        CHECK_CLOSE(actual[actual.size() - 2], static_cast<double>(expected.noise), size);
                        CHECK_CLOSE(actual[actual.size() - 1], total, size);
                    });
                });
            }
}

TEST(noise_that_is_impossible_changes_no_sum) {
    reference::install(8);
    Random random(42);
    for (const Family family : families)
        for (const Index d : {1, 3, 65}) {
            const Mixture mixture = random_mixture(family, 3, d, random);
            Sample sample = random_sample(120, 3, d, random);
            sample.groups[0].may_be_noise = true;
            Doubles noise(static_cast<std::size_t>(1 + d), 0.0);
            noise[0] = -1e6;
            semigen::ModelView model = mixture.view(), plain = model;
            model.noise = noise.data();
            const Laid<double> laid(sample);
            const Doubles beside = statistics_of(laid.rows, model, false),
                          alone = statistics_of(laid.rows, plain, false);
            for (std::size_t i = 0; i < alone.size(); ++i)
                CHECK_CLOSE(beside[i], alone[i], 1e-11 * (1 + std::abs(alone[i])));
            CHECK(beside[alone.size()] == 0);
        }
}

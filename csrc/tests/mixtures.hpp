// Random mixtures and rows, and the E step as its definition reads: one row, one component, one entry at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "semigen/kernel_table.hpp"
#include "semigen/model.hpp"
#include "semigen/views.hpp"

namespace mixtures {

using semigen::Family;
using semigen::Index;
using semigen::RowGroup;
using Doubles = std::vector<double>;

#define SEMIGEN_VALUE(name) Family::name,
constexpr Family families[] = {SEMIGEN_FAMILIES(SEMIGEN_VALUE)};
#undef SEMIGEN_VALUE
inline const char *name(Family family) {
#define SEMIGEN_NAME(name) #name,
    constexpr const char *names[] = {SEMIGEN_FAMILIES(SEMIGEN_NAME)};
#undef SEMIGEN_NAME
    return names[static_cast<int>(family)];
}
inline bool square(Family family) { return semigen::is_dense(family); }

/// Latent factors of a family that has any.
inline Index rank_of(Family family, Index d) { return semigen::is_latent(family) ? std::min<Index>(d, 3) : 0; }
inline Index factor_size(Family family, Index d) { return semigen::factor_size(family, {d, rank_of(family, d)}); }

/// Families whose second moments do not depend on the parameters.
inline std::vector<Family> closed_forms() {
    std::vector<Family> found;
    for (const Family family : families)
        if (!semigen::is_latent(family)) found.push_back(family);
    return found;
}

/// Numbers that are the same on every run.
class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    double normal() { return std::normal_distribution<double>()(engine_); }
    double uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine_); }
    Doubles normals(Index count, double scale) {
        Doubles values(static_cast<std::size_t>(count));
        for (double &value : values) value = scale * normal();
        return values;
    }
    std::mt19937_64 &engine() { return engine_; }

private:
    std::mt19937_64 engine_;
};

struct Mixture {
    Family family;
    Index components, features;
    Doubles log_weights, means, factors;
    Doubles degrees_of_freedom{};  ///< of Student t components; empty where they are Gaussian

    Index rank() const { return rank_of(family, features); }
    semigen::ModelView view() const {
        return {family,
                components,
                features,
                rank(),
                log_weights.data(),
                means.data(),
                factors.data(),
                degrees_of_freedom.empty() ? nullptr : degrees_of_freedom.data()};
    }
    semigen::StatisticsLayout layout() const { return view().layout(); }
    const double *mean(Index m) const { return means.data() + m * features; }
    const double *factor(Index m) const {
        return factors.data() + (semigen::is_shared(family) ? 0 : m * factor_size(family, features));
    }
};

/// Components close enough for most rows to belong to several.
inline Mixture random_mixture(Family family, Index components, Index d, Random &random) {
    Mixture mixture{family, components, d, {}, {}, {}};
    double total = 0;
    for (Index m = 0; m < components; ++m) {
        mixture.log_weights.push_back(random.uniform(0.5, 2));
        total += mixture.log_weights.back();
    }
    for (double &weight : mixture.log_weights) weight = std::log(weight / total);
    const double correlation = 0.5 / std::sqrt(static_cast<double>(d));
    mixture.means = random.normals(components * d, 2 * correlation);
    for (Index m = 0; m < semigen::factor_count(family, components) && semigen::is_latent(family); ++m)
        for (Index i = 0; i < factor_size(family, d); ++i)
            mixture.factors.push_back(i < d ? random.uniform(0.8, 1.2) : 2 * correlation * random.normal());
    for (Index m = 0; m < semigen::factor_count(family, components) && !semigen::is_latent(family); ++m)
        for (Index i = 0; i < (square(family) ? d : factor_size(family, d)); ++i)
            for (Index j = square(family) ? 0 : i; j < (square(family) ? d : i + 1); ++j)
                mixture.factors.push_back(j == i  ? random.uniform(0.8, 1.2)
                                          : j < i ? correlation * random.normal()
                                                  : 0.0);
    return mixture;
}

/// Rows in numbers that float holds exactly, so that one reference serves both precisions. There are more rows than
/// positions; `order` chooses among them.
struct Sample {
    Index rows, features, positions;
    std::vector<float> values, centre, scale;
    std::vector<std::int64_t> order;
    Doubles weights;
    std::vector<RowGroup> groups;
    std::vector<std::int64_t> component_class{};  ///< where groups have log priors, which somebody else owns
    Index classes = 0;

    long double coordinate(Index position, Index j) const {
        const long double value = values[order[position] * features + j];
        return (value - centre[j]) * scale[j];
    }
    long double log_prior(const RowGroup &group, Index position, Index m) const {
        if (group.log_priors == nullptr) return 0;
        return group.log_priors[(position - group.first) * classes + component_class[m]];
    }
};

/// Unlabelled rows with weight 0.3, then labelled ones of two classes that share out the components. Some rows weigh
/// nothing.
inline Sample random_sample(Index positions, Index components, Index d, Random &random) {
    Sample sample{positions + 3, d, positions, {}, {}, {}, {}, {}, {}};
    for (Index i = 0; i < sample.rows * d; ++i) sample.values.push_back(static_cast<float>(3 + 0.5 * random.normal()));
    for (Index j = 0; j < d; ++j) {
        sample.centre.push_back(static_cast<float>(3 + 0.1 * random.normal()));
        sample.scale.push_back(static_cast<float>(random.uniform(1.5, 2.5)));
    }
    sample.order.resize(static_cast<std::size_t>(sample.rows));
    std::iota(sample.order.begin(), sample.order.end(), 0);
    std::shuffle(sample.order.begin(), sample.order.end(), random.engine());
    sample.order.resize(static_cast<std::size_t>(positions));
    for (Index i = 0; i < sample.rows; ++i) sample.weights.push_back(i % 5 == 0 ? 0 : random.uniform(0.5, 3));
    const Index unlabelled = (positions + 1) / 2, first_class = unlabelled + positions / 5;
    const Index split = (components + 1) / 2;
    sample.groups.push_back({0, unlabelled, 0, components, 0.3});
    sample.groups.push_back({unlabelled, first_class, 0, split, 1});
    sample.groups.push_back({first_class, positions, components > 1 ? split : 0, components, 1});
    return sample;
}

enum class Layout { c_order, fortran_order, every_second, backwards };
constexpr Layout layouts[] = {Layout::c_order, Layout::fortran_order, Layout::every_second, Layout::backwards};

/// A sample in the precision T, its values laid out in memory in one of many ways. What lies between them is NaN.
template <class T>
class Laid {
public:
    explicit Laid(const Sample &sample, Layout layout = Layout::c_order)
        : centre_(sample.centre.begin(), sample.centre.end()), scale_(sample.scale.begin(), sample.scale.end()) {
        const Index n = sample.rows, d = sample.features;
        Index row_stride = d, column_stride = 1, start = 0;
        if (layout == Layout::fortran_order) row_stride = 1, column_stride = n;
        if (layout == Layout::every_second) row_stride = 4 * d, column_stride = 2;
        if (layout == Layout::backwards) row_stride = -d, column_stride = -1, start = n * d - 1;
        values_.assign(static_cast<std::size_t>(layout == Layout::every_second ? 4 * n * d : n * d),
                       std::numeric_limits<T>::quiet_NaN());
        for (Index i = 0; i < n; ++i)
            for (Index j = 0; j < d; ++j)
                values_[start + i * row_stride + j * column_stride] = static_cast<T>(sample.values[i * d + j]);
        rows = {{values_.data() + start, n, d, row_stride, column_stride},
                sample.order.data(),
                sample.weights.data(),
                sample.groups.data(),
                static_cast<Index>(sample.groups.size()),
                centre_.data(),
                scale_.data(),
                sample.positions,
                sample.component_class.data(),
                sample.classes};
    }
    Laid(const Laid &) = delete;
    Laid &operator=(const Laid &) = delete;

    semigen::Rows<T> rows;

private:
    std::vector<T> values_, centre_, scale_;
};

/// A sum, and how large its terms were: rounding cannot change it by more than a small part of that.
struct Sum {
    long double value = 0, magnitude = 0;
    void add(long double term, long double size) {
        value += term;
        magnitude += size;
    }
};

/// Latent factors of component m: their precision I + A^T A and its inverse G, by Gauss and Jordan's elimination.
struct Latent {
    Index rank;
    std::vector<long double> precision, covariance;
    long double log_determinant = 0;

    Latent(const Mixture &mixture, Index m) : rank(mixture.rank()) {
        const Index d = mixture.features;
        const double *loadings = mixture.factor(m) + d;
        for (Index a = 0; a < rank; ++a)
            for (Index b = 0; b < rank; ++b) {
                precision.push_back(a == b);
                covariance.push_back(a == b);
                for (Index j = 0; j < d; ++j)
                    precision.back() += static_cast<long double>(loadings[a * d + j]) * loadings[b * d + j];
            }
        std::vector<long double> left = precision;
        for (Index k = 0; k < rank; ++k) {
            const long double pivot = left[k * rank + k];
            log_determinant += std::log(pivot);
            for (Index b = 0; b < rank; ++b) left[k * rank + b] /= pivot, covariance[k * rank + b] /= pivot;
            for (Index a = 0; a < rank; ++a) {
                const long double multiplier = left[a * rank + k];
                for (Index b = 0; b < rank && a != k; ++b) {
                    left[a * rank + b] -= multiplier * left[k * rank + b];
                    covariance[a * rank + b] -= multiplier * covariance[k * rank + b];
                }
            }
        }
    }

    /// G A^T Psi^-1/2 v: what is expected of the factors where the row deviates by v from the mean.
    std::vector<long double> expected(const Mixture &mixture, Index m, const std::vector<long double> &v,
                                      bool of_magnitudes = false) const {
        const Index d = mixture.features;
        const double *scale = mixture.factor(m), *loadings = scale + d;
        std::vector<long double> projected(static_cast<std::size_t>(rank), 0), z(projected);
        const auto size = [&](long double value) { return of_magnitudes ? std::abs(value) : value; };
        for (Index a = 0; a < rank; ++a)
            for (Index j = 0; j < d; ++j) projected[a] += size(loadings[a * d + j]) * scale[j] * v[j];
        for (Index a = 0; a < rank; ++a)
            for (Index b = 0; b < rank; ++b) z[a] += size(covariance[a * rank + b]) * projected[b];
        return z;
    }
};

/// The same for loadings: |y - A z|^2 + |z|^2 is the squared distance, log det (I + A^T A) what they add to the
/// determinant.
inline long double log_joint_of_low_rank(const Mixture &mixture, Index m, const long double *x) {
    const Index d = mixture.features;
    const double *scale = mixture.factor(m), *loadings = scale + d;
    const Latent latent(mixture, m);
    std::vector<long double> deviation;
    for (Index j = 0; j < d; ++j) deviation.push_back(x[j] - mixture.mean(m)[j]);
    const std::vector<long double> z = latent.expected(mixture, m, deviation);
    long double distance = 0, log_determinant = -0.5L * latent.log_determinant;
    for (const long double value : z) distance += value * value;
    for (Index j = 0; j < d; ++j) {
        long double rest = deviation[j] * scale[j];
        for (Index a = 0; a < latent.rank; ++a) rest -= loadings[a * d + j] * z[a];
        distance += rest * rest;
        log_determinant += std::log(static_cast<long double>(scale[j]));
    }
    const long double log_two_pi = std::log(2 * std::acos(-1.0L));
    return mixture.log_weights[m] + log_determinant - 0.5L * (static_cast<long double>(d) * log_two_pi + distance);
}

/// log pi_m p(x | m) from its definition.
inline long double log_joint(const Mixture &mixture, Index m, const long double *x) {
    if (semigen::is_latent(mixture.family)) return log_joint_of_low_rank(mixture, m, x);
    const Index d = mixture.features;
    const double *mean = mixture.mean(m), *factor = mixture.factor(m);
    long double distance = 0, log_determinant = 0;
    for (Index i = 0; i < d; ++i) {
        long double whitened = 0;
        const Index first = square(mixture.family) ? 0 : i;
        for (Index j = first; j <= i; ++j) {
            const double entry = square(mixture.family)           ? factor[i * d + j]
                                 : mixture.family == Family::diag ? factor[i]
                                                                  : factor[0];
            whitened += entry * (x[j] - mean[j]);
            if (i == j) log_determinant += std::log(static_cast<long double>(entry));
        }
        distance += whitened * whitened;
    }
    const long double log_two_pi = std::log(2 * std::acos(-1.0L));
    return mixture.log_weights[m] + log_determinant - 0.5L * (static_cast<long double>(d) * log_two_pi + distance);
}

inline long double log_sum_exp(const std::vector<long double> &values) {
    const long double largest = *std::max_element(values.begin(), values.end());
    long double sum = 0;
    for (const long double value : values) sum += std::exp(value - largest);
    return largest + std::log(sum);
}

/// The statistics of the E step, in the order of StatisticsLayout.
inline std::vector<Sum> naive_expectation(const Sample &sample, const Mixture &mixture) {
    const Index d = mixture.features;
    const semigen::StatisticsLayout layout = mixture.layout();
    std::vector<Sum> statistics(static_cast<std::size_t>(layout.size()));
    std::vector<long double> x(static_cast<std::size_t>(d)), deviation(x), size(x), joint;
    std::vector<Latent> latent;
    for (Index m = 0; m < mixture.components; ++m) latent.emplace_back(mixture, m);
    const auto add_latent = [&](Index m, Index at, long double weight) {
        const std::vector<long double> z = latent[m].expected(mixture, m, deviation);
        const std::vector<long double> size_of_z = latent[m].expected(mixture, m, size, true);
        for (Index i = 0; i < d; ++i) {
            statistics[at + i].add(weight * deviation[i] * deviation[i], weight * size[i] * size[i]);
            for (Index a = 0; a < latent[m].rank; ++a)
                statistics[at + (1 + a) * d + i].add(weight * z[a] * deviation[i], weight * size_of_z[a] * size[i]);
        }
    };
    const auto add_second = [&](Index at, long double weight) {
        for (Index i = 0; i < d; ++i) {
            if (!square(mixture.family)) {
                statistics[mixture.family == Family::diag ? at + i : at].add(weight * deviation[i] * deviation[i],
                                                                             weight * size[i] * size[i]);
                continue;
            }
            for (Index j = 0; j <= i; ++j)
                statistics[at + semigen::triangle(i) + j].add(weight * deviation[i] * deviation[j],
                                                              weight * size[i] * size[j]);
        }
    };
    for (const RowGroup &group : sample.groups)
        for (Index position = group.first; position < group.last; ++position) {
            const long double weight = sample.weights[sample.order[position]] * group.weight;
            for (Index j = 0; j < d; ++j) x[j] = sample.coordinate(position, j);
            joint.clear();
            for (Index m = group.first_component; m < group.last_component; ++m)
                joint.push_back(log_joint(mixture, m, x.data()) + sample.log_prior(group, position, m));
            const long double evidence = log_sum_exp(joint);
            statistics[0].add(weight * evidence, weight * (std::abs(evidence) + static_cast<long double>(d)));
            for (Index m = group.first_component; m < group.last_component; ++m) {
                const long double share = weight * std::exp(joint[m - group.first_component] - evidence);
                statistics[layout.mass() + m].add(share, share);
                for (Index j = 0; j < d; ++j) {
                    deviation[j] = x[j] - mixture.mean(m)[j];
                    size[j] = std::abs(x[j]) + std::abs(mixture.mean(m)[j]);
                    statistics[layout.first() + m * d + j].add(share * deviation[j], share * size[j]);
                }
                const Index second = layout.second() + m * layout.second_size();
                if (semigen::is_latent(mixture.family))
                    add_latent(m, second, share);
                else if (!semigen::is_shared(mixture.family))
                    add_second(second, share);
            }
            if (!semigen::is_shared(mixture.family)) continue;
            for (Index j = 0; j < d; ++j) {
                deviation[j] = x[j];
                size[j] = std::abs(x[j]);
            }
            add_second(layout.second(), weight);
        }
    return statistics;
}

/// Calls use(name) with every instruction set that this processor can run in force, and ends with the best.
template <class Use>
void for_each_instruction_set(Use use) {
    for (const char *const *set = semigen::available_kernels(); *set != nullptr; ++set) {
        semigen::select_kernels(*set);
        use(*set);
    }
}

/// Calls use(zero) with a zero of either precision.
template <class Use>
void for_each_precision(Use use) {
    use(float{});
    use(double{});
}

template <class T>
constexpr const char *precision_name = std::is_same_v<T, float> ? "float" : "double";

}  // namespace mixtures

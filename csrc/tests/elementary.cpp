// exp and log of every instruction set against those of the standard library, in units in the last place.
#include <limits>

#include "check.hpp"
#include "mixtures.hpp"

namespace {

using namespace mixtures;

/// Distance in units of the last place of the exact result.
template <class T>
double ulps(T value, long double exact) {
    const int digits = std::numeric_limits<T>::digits;
    return static_cast<double>(std::abs(value - exact) / std::ldexp(1.0L, std::ilogb(exact) + 1 - digits));
}

template <class T>
using Function = void (*)(const T *, T *, Index);

template <class T>
T at(Function<T> function, T x) {
    T y;
    function(&x, &y, 1);
    return y;
}

template <class Use>
void for_each_implementation(Use use) {
    for_each_instruction_set([&](const char *set) {
        for_each_precision([&](auto zero) {
            using T = decltype(zero);
            const checks::Case label(std::string(set) + " " + precision_name<T>);
            const semigen::FloatKernels<T> &kernels = semigen::precision<T>(semigen::active_kernels());
            use(zero, kernels.exponential, kernels.logarithm);
        });
    });
}

/// The largest error of the function over `inputs`.
template <class T, class Exact>
double worst(Function<T> function, const std::vector<T> &inputs, Exact exact) {
    std::vector<T> outputs(inputs.size());
    function(inputs.data(), outputs.data(), static_cast<Index>(inputs.size()));
    double worst = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        worst = std::max(worst, ulps(outputs[i], exact(static_cast<long double>(inputs[i]))));
    return worst;
}

template <class T>
constexpr T underflow_limit = sizeof(T) == 8 ? T(-708) : T(-87);

TEST(exponential_is_right_to_the_last_places) {
    for_each_implementation([](auto zero, auto exponential, auto) {
        using T = decltype(zero);
        Random random(1);
        std::vector<T> inputs;
        for (int i = 0; i < 20001; ++i) {
            inputs.push_back(static_cast<T>(random.uniform(underflow_limit<T>, 0)));
            inputs.push_back(static_cast<T>(random.uniform(-1, 0)));
        }
        CHECK_CLOSE(worst(exponential, inputs, [](long double x) { return std::exp(x); }), 0, 1.5);
    });
}

TEST(exponential_keeps_its_promises_at_the_edges) {
    for_each_implementation([](auto zero, auto exponential, auto) {
        using T = decltype(zero);
        const T limit = underflow_limit<T>, infinity = std::numeric_limits<T>::infinity();
        CHECK(at<T>(exponential, 0) == 1);
        CHECK(at<T>(exponential, T(-0.0)) == 1);
        CHECK(at<T>(exponential, -std::numeric_limits<T>::denorm_min()) == 1);
        CHECK(at<T>(exponential, -infinity) == 0);
        CHECK(at<T>(exponential, std::numeric_limits<T>::lowest()) == 0);
        CHECK(at<T>(exponential, T(-1e10)) == 0);
        CHECK(at<T>(exponential, std::nextafter(limit, -infinity)) == 0);
        for (const T x : {limit, std::nextafter(limit, T(0))})
            CHECK_CLOSE(ulps(at<T>(exponential, x), std::exp(static_cast<long double>(x))), 0, 1.5);
    });
}

TEST(logarithm_is_right_to_the_last_places) {
    for_each_implementation([](auto zero, auto, auto logarithm) {
        using T = decltype(zero);
        Random random(2);
        std::vector<T> inputs{std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), T(0.5), T(2), T(1.5)};
        const double reach = -std::log(static_cast<double>(std::numeric_limits<T>::min()));
        for (int i = 0; i < 20001; ++i) {
            inputs.push_back(static_cast<T>(std::exp(random.uniform(1 - reach, reach))));
            inputs.push_back(static_cast<T>(1 + std::exp(random.uniform(-10, 3))));  // sums of a log-sum-exp
        }
        CHECK_CLOSE(worst(logarithm, inputs, [](long double x) { return std::log(x); }), 0, 1.5);
    });
}

TEST(logarithm_stays_exact_near_one) {
    for_each_implementation([](auto zero, auto, auto logarithm) {
        using T = decltype(zero);
        CHECK(at<T>(logarithm, 1) == 0);
        for (T x : {std::nextafter(T(1), T(2)), std::nextafter(T(1), T(0)), T(1.0001), T(0.9999)})
            CHECK_CLOSE(ulps(at<T>(logarithm, x), std::log(static_cast<long double>(x))), 0, 1.5);
    });
}

TEST(arrays_of_any_length_are_filled_and_no_further) {
    for_each_implementation([](auto zero, auto exponential, auto) {
        using T = decltype(zero);
        for (Index count = 0; count <= 35; ++count) {
            const std::vector<T> in(static_cast<std::size_t>(count), T(-1));
            std::vector<T> out(static_cast<std::size_t>(count + 1), T(7));
            exponential(in.data(), out.data(), count);
            CHECK(out[count] == 7);
            for (Index i = 0; i < count; ++i) CHECK_CLOSE(out[i], std::exp(T(-1)), 1e-6);
        }
    });
}

TEST(unknown_instruction_sets_are_refused) {
    const std::string before = semigen::active_kernels().name;
    CHECK(!semigen::select_kernels("abacus"));
    CHECK(semigen::active_kernels().name == before);
    CHECK(std::string(semigen::available_kernels()[0]) == "baseline");
}

}  // namespace

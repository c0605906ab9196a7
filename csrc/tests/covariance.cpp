// Inverse factors of covariances, and the floor that is put under them.
#include "semigen/covariance.hpp"

#include "check.hpp"
#include "matrices.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"

namespace {

using namespace matrices;

/// P covariance P^T is the identity, and P a lower triangle.
void check_factor(Index d, const Doubles &covariance, const Doubles &factor, double tolerance) {
    const Matrix p(d, factor.data());
    const Matrix whitened = product(product(p, Matrix(d, covariance.data())), transposed(p));
    for (Index i = 0; i < d; ++i)
        for (Index j = 0; j < d; ++j) {
            CHECK_CLOSE(static_cast<double>(whitened(i, j)), i == j, tolerance);
            CHECK(j <= i || factor[i * d + j] == 0);
        }
}

/// A floor of another size in every column.
Doubles random_floor(Index d, Random &random) {
    Doubles floor;
    for (Index j = 0; j < d; ++j) floor.push_back(1e-3 * std::exp(random.normal()));
    return floor;
}

/// Every instruction set in few columns, in panels that are full or not, and in so many that LAPACK takes over from the
/// least of them; both integer widths.
template <class Use>
void for_each_dimension(Use use) {
    int turn = 0;
    for (const Index d : {1, 2, 3, 4, 5, 8, 9, 31, 64, 70, 130}) {
        Random random(19);
        const Matrix rotation = random_rotation(d, random);
        const Doubles floor = random_floor(d, random);
        mixtures::for_each_instruction_set([&](const char *set) {
            const bool by_lapack = d > semigen::active_covariance_kernels().largest_dimension;
            if (d > 70 && !by_lapack) return;
            const checks::Case label("d=" + std::to_string(d) + " " + set);
            reference::install(reference::integer_widths[turn++ % 2]);
            Random again(18);
            use(d, rotation, floor, again);
        });
    }
}

struct Raised {
    bool done;
    Doubles covariance, factor;
};

Raised raised(Index d, const Doubles &covariance, const Doubles &floor) {
    Raised result{false, covariance, Doubles(covariance.size())};
    semigen::CovarianceFactoriser factoriser(d);
    result.done = factoriser.invert_above(result.covariance.data(), floor.data(), result.factor.data());
    return result;
}

TEST(healthy_covariances_keep_every_bit) {
    for_each_dimension([](Index d, const Matrix &rotation, const Doubles &floor, Random &random) {
        // Far above the floor, and so close to it that only the eigenvalues can tell.
        for (const double least : {1e4, 1.001}) {
            Doubles values;
            for (Index k = 0; k < d; ++k) values.push_back(least * random.uniform(1, 5));
            const Doubles covariance = with_eigenvalues(rotation, values, floor);
            const Raised result = raised(d, covariance, floor);
            CHECK(result.done);
            CHECK(result.covariance == covariance);
            check_factor(d, covariance, result.factor, 1e-11);
        }
    });
}

TEST(low_eigenvalues_rise_to_the_floor_and_others_stay) {
    for_each_dimension([](Index d, const Matrix &rotation, const Doubles &floor, Random &random) {
        Doubles values, expected_values;
        for (Index k = 0; k < d; ++k) values.push_back(k % 2 ? random.uniform(2, 50) : random.uniform(0, 0.5));
        values[0] = 0;
        for (const double value : values) expected_values.push_back(std::max(value, 1.0));
        const Doubles expected = with_eigenvalues(rotation, expected_values, floor);
        const Raised result = raised(d, with_eigenvalues(rotation, values, floor), floor);
        CHECK(result.done);
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j < d; ++j)
                CHECK_CLOSE(result.covariance[i * d + j], expected[i * d + j],
                            1e-12 * std::sqrt(floor[i] * floor[j]) * 50);
        check_factor(d, result.covariance, result.factor, 1e-10);
    });
}

TEST(a_constant_column_gets_the_floor_and_leaves_the_others_alone) {
    for_each_dimension([](Index d, const Matrix &rotation, const Doubles &floor, Random &) {
        const Doubles healthy = with_eigenvalues(rotation, Doubles(static_cast<std::size_t>(d), 1e4), floor);
        for (const Index constant : {Index{0}, d - 1}) {
            Doubles covariance = healthy, expected = healthy;
            for (Index i = 0; i < d; ++i) {
                covariance[i * d + constant] = covariance[constant * d + i] = 1e-20 * floor[i];
                expected[i * d + constant] = expected[constant * d + i] = 0;
            }
            covariance[constant * d + constant] = 1e-30 * floor[constant];
            expected[constant * d + constant] = floor[constant];
            const Raised result = raised(d, covariance, floor);
            CHECK(result.done);
            CHECK(result.covariance == expected);
            check_factor(d, expected, result.factor, 1e-11);
        }
    });
}

TEST(a_covariance_of_rank_zero_becomes_the_floor) {
    for_each_dimension([](Index d, const Matrix &, const Doubles &floor, Random &) {
        const Raised result = raised(d, Doubles(static_cast<std::size_t>(d * d), 0.0), floor);
        CHECK(result.done);
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j < d; ++j) CHECK(result.covariance[i * d + j] == (i == j ? floor[i] : 0));
    });
}

TEST(without_a_floor_singular_covariances_are_reported) {
    for_each_dimension([](Index d, const Matrix &, const Doubles &floor, Random &) {
        if (d == 1) return;
        const Doubles ones(static_cast<std::size_t>(d * d), 1.0);  // rank one, and exact in any order of operations
        CHECK(!raised(d, ones, Doubles(static_cast<std::size_t>(d), 0.0)).done);
        Doubles partly = floor;
        partly[d - 1] = 0;
        CHECK(!raised(d, ones, partly).done);
        CHECK(raised(d, ones, floor).done);
    });
}

TEST(the_trace_of_a_target_is_the_one_of_the_textbook) {
    for_each_dimension([](Index d, const Matrix &rotation, const Doubles &floor, Random &random) {
        Doubles values;
        for (Index k = 0; k < d; ++k) values.push_back(random.uniform(1, 5));
        const Doubles covariance = with_eigenvalues(rotation, values, floor);
        semigen::CovarianceFactoriser factoriser(d);
        Doubles factor(covariance.size());
        CHECK(factoriser.invert(covariance.data(), factor.data()));
        Matrix dense(d), diagonal(d);
        for (Index i = 0; i < d; ++i) {
            for (Index j = 0; j < i; ++j) dense(i, j) = random.normal();
            dense(i, i) = diagonal(i, i) = random.uniform(1, 2);
        }
        for (const Matrix &root : {dense, diagonal}) {
            const Matrix whitened = product(Matrix(d, factor.data()), root);
            long double expected = 0;
            for (const long double entry : whitened.entries) expected += entry * entry;
            const double found = factoriser.trace(factor.data(), root.doubles().data());
            CHECK_CLOSE(found / static_cast<double>(expected), 1.0, 1e-14);
        }
    });
}

TEST(a_variance_that_happens_to_equal_the_floor_hides_nothing) {
    reference::install(4);
    const Raised result = raised(2, {1, 0.9e-3, 0.9e-3, 1e-6}, {1e-6, 1e-6});
    CHECK(result.done);
    CHECK(result.covariance[3] > 1.5e-6);
}

TEST(a_raised_covariance_is_symmetric_to_the_last_bit) {
    for_each_dimension([](Index d, const Matrix &, const Doubles &floor, Random &) {
        const Raised result = raised(d, Doubles(static_cast<std::size_t>(d * d), 1.0), floor);
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j < i; ++j) CHECK(result.covariance[i * d + j] == result.covariance[j * d + i]);
    });
}

}  // namespace

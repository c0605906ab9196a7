// Calls through the BLAS table compute what their comments say, with integers of either width.
#include "semigen/blas.hpp"

#include "check.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"

namespace {

using namespace mixtures;
namespace blas = semigen::blas;

constexpr Index dimensions[] = {1, 2, 5, 70};
constexpr double untouched = 17;

template <class Use>
void for_each_width_and_dimension(Use use) {
    for (const int width : reference::integer_widths)
        for (const Index d : dimensions) {
            const checks::Case label("d=" + std::to_string(d) + ", integers of " + std::to_string(width) + " bytes");
            reference::install(width);
            Random random(18);
            use(d, random);
        }
}

/// A lower triangle; what lies above it is not zero, as BLAS must not look there.
Doubles random_triangle(Index d, Random &random) {
    Doubles triangle(static_cast<std::size_t>(d * d), untouched);
    for (Index i = 0; i < d; ++i)
        for (Index j = 0; j <= i; ++j)
            triangle[i * d + j] = i == j ? random.uniform(0.5, 2) : 0.5 / std::sqrt(double(d)) * random.normal();
    return triangle;
}

/// Entry (i, j) of L L^T.
double entry_of_product(const Doubles &lower, Index d, Index i, Index j) {
    double sum = 0;
    for (Index k = 0; k <= std::min(i, j); ++k) sum += lower[i * d + k] * lower[j * d + k];
    return sum;
}

TEST(triangles_multiply_rows_and_rows_make_products) {
    for_each_width_and_dimension([](Index d, Random &random) {
        for_each_precision([&](auto zero) {
            using T = decltype(zero);
            const double tolerance = sizeof(T) == 8 ? 1e-13 : 2e-5;
            const Index count = 9;
            const Doubles triangle = random_triangle(d, random), rows = random.normals(count * d, 1);
            const std::vector<T> factor(triangle.begin(), triangle.end()), vectors(rows.begin(), rows.end());
            std::vector<T> multiplied = vectors, product(static_cast<std::size_t>(d * d), T(untouched));
            blas::multiply_lower(factor.data(), d, multiplied.data(), count);
            blas::outer_products(vectors.data(), count, d, product.data());
            for (Index r = 0; r < count; ++r)
                for (Index i = 0; i < d; ++i) {
                    double sum = 0;
                    for (Index j = 0; j <= i; ++j) sum += triangle[i * d + j] * rows[r * d + j];
                    CHECK_CLOSE(multiplied[r * d + i], sum, tolerance);
                }
            for (Index i = 0; i < d; ++i)
                for (Index j = 0; j < d; ++j) {
                    double sum = 0;
                    for (Index r = 0; r < count; ++r) sum += rows[r * d + i] * rows[r * d + j];
                    CHECK_CLOSE(product[i * d + j], j <= i ? sum : untouched, tolerance);
                }
        });
    });
}

TEST(products_are_added_to_what_is_there) {
    for_each_width_and_dimension([](Index d, Random &random) {
        struct Shape {
            Index rows, inner, columns;
        };
        for (const auto &[rows, inner, columns] : {Shape{d, 3, 2}, Shape{3, d, 7}, Shape{4, 1, d}, Shape{d, d, d}}) {
            const Doubles left = random.normals(rows * inner, 1), right = random.normals(inner * columns, 1);
            const Doubles before = random.normals(rows * columns, 1);
            Doubles product = before;
            blas::add_product(left.data(), right.data(), rows, inner, columns, product.data());
            for (Index i = 0; i < rows; ++i)
                for (Index j = 0; j < columns; ++j) {
                    double sum = before[i * columns + j];
                    for (Index k = 0; k < inner; ++k) sum += left[i * inner + k] * right[k * columns + j];
                    CHECK_CLOSE(product[i * columns + j], sum, 1e-13);
                }
        }
    });
}

TEST(cholesky_factors_give_the_matrix_back) {
    for_each_width_and_dimension([](Index d, Random &random) {
        const Doubles lower = random_triangle(d, random);
        Doubles matrix(lower.size());
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j < d; ++j) matrix[i * d + j] = entry_of_product(lower, d, i, j);
        CHECK(blas::cholesky_lower(matrix.data(), d));
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j <= i; ++j) CHECK_CLOSE(matrix[i * d + j], lower[i * d + j], 1e-12);
        matrix[d * d - 1] = -1;
        CHECK(!blas::cholesky_lower(matrix.data(), d));
    });
}

TEST(inverse_triangles_undo_triangles) {
    for_each_width_and_dimension([](Index d, Random &random) {
        const Doubles lower = random_triangle(d, random);
        Doubles inverse = lower;
        CHECK(blas::invert_lower(inverse.data(), d));
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j <= i; ++j) {
                double sum = 0;
                for (Index k = j; k <= i; ++k) sum += inverse[i * d + k] * lower[k * d + j];
                CHECK_CLOSE(sum, i == j, 1e-12);
            }
        inverse[d * d - 1] = 0;
        CHECK(!blas::invert_lower(inverse.data(), d));
    });
}

TEST(eigenvectors_are_rows_and_eigenvalues_ascend) {
    for_each_width_and_dimension([](Index d, Random &random) {
        const Doubles lower = random_triangle(d, random);
        Doubles matrix(lower.size());
        for (Index i = 0; i < d; ++i)
            for (Index j = 0; j < d; ++j) matrix[i * d + j] = entry_of_product(lower, d, i, j);
        Doubles vectors = matrix, values(static_cast<std::size_t>(d));
        Doubles work(static_cast<std::size_t>(blas::eigen_work_size(d)));
        std::vector<std::int64_t> integer_work(static_cast<std::size_t>(blas::eigen_integer_work_size(d)));
        CHECK(blas::symmetric_eigen(vectors.data(), d, values.data(), work.data(), integer_work.data()));
        CHECK(std::is_sorted(values.begin(), values.end()));
        for (Index k = 0; k < d; ++k) {
            double length = 0;
            for (Index i = 0; i < d; ++i) {
                double image = 0;
                for (Index j = 0; j < d; ++j) image += matrix[i * d + j] * vectors[k * d + j];
                CHECK_CLOSE(image, values[k] * vectors[k * d + i], 1e-12);
                length += vectors[k * d + i] * vectors[k * d + i];
            }
            CHECK_CLOSE(length, 1, 1e-12);
        }
    });
}

}  // namespace

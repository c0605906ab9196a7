// Triangles laid out for the kernels: every entry of the factor once, in the place that the tiles look for it.
#include "check.hpp"
#include "mixtures.hpp"
#include "semigen/packed_model.hpp"

namespace {

using namespace mixtures;
using semigen::tile_outputs;

/// Place of entry (output, column) in a packed triangle.
Index place(Index d, Index output, Index column) {
    const Index tile = output / tile_outputs * tile_outputs;
    const Index outputs = std::min(tile_outputs, d - tile);
    return semigen::packed_triangle(tile) + column * outputs + output - tile;
}

TEST(every_entry_of_a_triangle_has_one_place) {
    for (Index d = 1; d <= 70; ++d) {
        const checks::Case label("d=" + std::to_string(d));
        Random random(static_cast<unsigned>(d));
        const Mixture mixture = random_mixture(Family::full, 2, d, random);
        semigen::ModelPacker<double> packer;
        const semigen::PackedModel<double> packed = packer.pack(mixture.view(), true);
        const Index size = semigen::packed_triangle(d);
        CHECK(packed.factor_stride == size);
        for (Index m = 0; m < 2; ++m) {
            const double *entries = packed.factors + m * size;
            std::vector<bool> used(static_cast<std::size_t>(size), false);
            for (Index i = 0; i < d; ++i)
                for (Index j = 0; j <= i; ++j) {
                    CHECK(entries[place(d, i, j)] == mixture.factor(m)[i * d + j]);
                    CHECK(!used[place(d, i, j)]);
                    used[place(d, i, j)] = true;
                }
            for (Index i = 0; i < size; ++i) CHECK(used[i] || entries[i] == 0);
        }
    }
}

TEST(factors_for_blas_and_variances_are_copied_as_they_are) {
    for (const Family family : closed_forms()) {
        const Index d = 7;
        Random random(3);
        const Mixture mixture = random_mixture(family, 2, d, random);
        semigen::ModelPacker<double> packer;
        const semigen::PackedModel<double> packed = packer.pack(mixture.view(), false);
        CHECK(packed.factor_stride == (semigen::is_shared(family) ? 0 : factor_size(family, d)));
        CHECK(std::equal(mixture.factors.begin(), mixture.factors.end(), packed.factors));
    }
}

TEST(a_packer_serves_models_of_changing_shape) {
    Random random(4);
    semigen::ModelPacker<float> packer;
    for (const Index d : {70, 3, 64, 1})
        for (const Family family : families) {
            const Mixture mixture = random_mixture(family, 4, d, random);
            const semigen::PackedModel<float> packed = packer.pack(mixture.view(), d != 70);
            for (Index m = 0; m < 4; ++m) {
                CHECK(packed.log_constants[m] == static_cast<float>(semigen::log_constant(mixture.view(), m)));
                CHECK(packed.means[m * d] == static_cast<float>(mixture.mean(m)[0]));
                const auto first = semigen::is_latent(family) ? mixture.mean(m)[0] : mixture.factor(m)[0];
                CHECK(packed.factors[m * packed.factor_stride] == static_cast<float>(first));
            }
        }
}

}  // namespace

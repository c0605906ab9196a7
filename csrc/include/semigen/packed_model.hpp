// Parameters laid out for the kernels, in the precision of the rows. Made anew for every pass, from a few numbers.
#pragma once

#include <algorithm>
#include <vector>

#include "semigen/blas.hpp"
#include "semigen/model.hpp"
#include "semigen/radial.hpp"

namespace semigen {

/// Outputs that the triangular kernel computes at a time; the packed factor is cut accordingly.
constexpr Index tile_outputs = 4;

/// Entries of a packed triangle: tiles of `tile_outputs` rows, each stored column by column up to its last diagonal.
constexpr Index packed_triangle(Index d) {
    Index size = 0;
    for (Index i = 0; i < d; i += tile_outputs) {
        const Index outputs = d - i < tile_outputs ? d - i : tile_outputs;
        size += outputs * (i + outputs);
    }
    return size;
}

/// The same where d is a multiple of tile_outputs: where the tiles of the outputs from d on begin.
constexpr Index packed_triangle_of_tiles(Index d) { return d * (d + tile_outputs) / 2; }

/// What a kernel reads: plain pointers, one layout per family.
template <class T>
struct PackedModel {
    Family family;
    Index components, features, rank;
    const T *log_constants;  ///< everything of log pi_m p(x | m) that does not depend on x
    const T *means;
    const T *factors;
    Index factor_stride;                    ///< from one component's factor to the next; 0 when they share one
    const T *whitened_means;                ///< P mu_m, where the kernels of the family read it
    const StudentTail<T> *tails = nullptr;  ///< of Student t components, whose log_constants are zero
    const T *tables = nullptr;              ///< log densities of cells, a row of components for each
    Index cell_sums = 0;                    ///< where their sums begin in the statistics
};

/// Owns what a PackedModel points to; its buffers are reused from pass to pass.
template <class T>
class ModelPacker {
public:
    /// Triangles are cut into tiles for the kernels with rows in the lanes, and left whole for BLAS.
    PackedModel<T> pack(const ModelView &model, bool by_lanes) {
        const Index d = model.features, size = factor_size(model.family, model.shape());
        const bool tiled = is_dense(model.family) && by_lanes;
        const Index stride = with_family(model.family, [&](auto traits) {
            if constexpr (traits.latent)
                return traits.template packed_size<T>(model.shape());
            else
                return tiled ? packed_triangle(d) : size;
        });
        const Index factors = factor_count(model.family, model.components);

        log_constants_.resize(static_cast<std::size_t>(model.components));
        for (Index m = 0; m < model.components; ++m) log_constants_[m] = static_cast<T>(log_constant(model, m));
        pack_tails(model);
        means_.assign(model.means, model.means + model.components * d);
        factors_.resize(static_cast<std::size_t>(factors * stride));
        for (Index m = 0; m < factors; ++m) {
            const double *from = model.factors + m * size;
            T *to = factors_.data() + m * stride;
            with_family(model.family, [&](auto traits) {
                if constexpr (traits.latent)
                    traits.pack(from, model.means + m * d, model.shape(), to);
                else if (tiled)
                    pack_triangle(from, d, to);
                else
                    std::copy(from, from + size, to);
            });
        }
        whiten_means(model);
        tables_.assign(model.tables, model.tables + model.cells * model.components);
        return {model.family,
                model.components,
                d,
                model.rank,
                log_constants_.data(),
                means_.data(),
                factors_.data(),
                is_shared(model.family) ? 0 : stride,
                whitened_means_.data(),
                tails_.empty() ? nullptr : tails_.data(),
                tables_.empty() ? nullptr : tables_.data(),
                model.layout().cell_sums()};
    }

    /// The means as the kernels see them.
    const T *means() const { return means_.data(); }

private:
    static void pack_triangle(const double *factor, Index d, T *to) {
        for (Index i = 0; i < d; i += tile_outputs) {
            const Index outputs = std::min(tile_outputs, d - i);
            for (Index j = 0; j < i + outputs; ++j)
                for (Index output = i; output < i + outputs; ++output)
                    *to++ = j <= output ? static_cast<T>(factor[output * d + j]) : T{0};
        }
    }

    void pack_tails(const ModelView &model) {
        tails_.clear();
        if (model.degrees_of_freedom == nullptr) return;
        for (Index m = 0; m < model.components; ++m) {
            tails_.push_back(student_tail<T>(log_constant(model, m), model.degrees_of_freedom[m], model.columns_seen));
            log_constants_[m] = 0;
        }
    }

    void whiten_means(const ModelView &model) {
        const Index d = model.features;
        with_family(model.family, [&](auto traits) {
            if constexpr (traits.whitens_means) {
                whitened_means_.resize(static_cast<std::size_t>(model.components * d));
                for (Index m = 0; m < model.components; ++m)
                    traits.whiten(factor_of(model, m), model.means + m * d, d, whitened_means_.data() + m * d);
            }
        });
    }

    std::vector<T> log_constants_, means_, factors_, whitened_means_, tables_;
    std::vector<StudentTail<T>> tails_;
};

}  // namespace semigen

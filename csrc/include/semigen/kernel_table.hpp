// The kernels as tables of function pointers, one table per instruction set, and the choice among them.
#pragma once

#include "semigen/completion.hpp"
#include "semigen/covariance_kernels.hpp"
#include "semigen/packed_model.hpp"
#include "semigen/parallel.hpp"
#include "semigen/views.hpp"

namespace semigen {

/// Blocks of rows are padded to a multiple of this, whatever the instruction set.
constexpr Index row_multiple = 64;

/// Rows that a kernel takes at a time: as many as keep a block in the second-level cache, and enough to keep BLAS busy
/// and to leave every component a fair number of rows of its own.
template <class T>
constexpr Index block_rows(Index d) {
    const Index rows = 512 * 1024 / static_cast<Index>(sizeof(T)) / (d > 0 ? d : 1) / row_multiple * row_multiple;
    return rows < 64 ? 64 : rows > 256 ? 256 : rows;
}

/// What every worker of a pass shares.
template <class T>
struct PassTask {
    Rows<T> rows;
    PackedModel<T> model;
    bool prune;          ///< leave out what negligible_log_ratio says cannot matter
    bool shared_known;   ///< moments that belong to no component are not wanted
    bool known_moments;  ///< nor are those of groups with a single component, only their log-likelihood
    const Completion *completion = nullptr;  ///< where NaN stands for missing values, which only some kernels allow
    bool noise = false;                      ///< whether groups that may be noise have this log density to be noise
    T noise_log_density = 0;
    Index noise_mass = 0;  ///< where statistics have what is noise, and what may be
};

/// A component whose log p(x, m) lies this far (a negative number) below the row's largest gets responsibility zero.
///
/// exp of it is 1e-17 for double and 1e-13 for float: over n rows a component of mass N loses at most n / N times that
/// part of its mass, which rounding loses anyway unless the component is all but empty.
template <class T>
constexpr T negligible_log_ratio = sizeof(T) == 8 ? static_cast<T>(-39.1439) : static_cast<T>(-29.9336);

/// Scores go to a matrix with a row per position and a column per class.
struct ClassScores {
    double *values;            ///< log p(x, class), positions x classes, C order
    const Index *class_first;  ///< the first component of each class, and the number of components at the end
    Index classes;
    Index first = 0;  ///< the position of the first row of `values`
};

/// What a slot remembers from pass to pass.
struct SlotMemory {
    Index blocks_without_bounds = 0;  ///< see survivors.hpp
};

template <class T>
struct FamilyKernels {
    /// Adds the statistics of the positions [first, last) to `statistics`.
    void (*accumulate)(const PassTask<T> &, Index first, Index last, double *statistics, SlotMemory &memory, T *scratch,
                       const Worker &);
    /// Writes the scores of the positions [first, last).
    void (*score)(const PassTask<T> &, Index first, Index last, const ClassScores &, T *scratch, const Worker &);
    /// Elements of T that either needs as scratch, aligned to 64 bytes.
    Index (*scratch_size)(Shape shape, Index components);
};

/// Kernels of components of one radial part (radial.hpp).
template <class T>
struct RadialKernels {
    FamilyKernels<T> by_lanes[family_count];  ///< indexed by Family
    FamilyKernels<T> by_blas[family_count];   ///< the same for more than largest_lane_dimension columns
    FamilyKernels<T> few_columns[tile_outputs][family_count];  ///< the same in 1, 2, ... columns
};

template <class T>
struct FloatKernels {
    RadialKernels<T> gaussian, student_t;
    void (*exponential)(const T *in, T *out, Index count);  ///< exposed so that tests can measure the last place
    void (*logarithm)(const T *in, T *out, Index count);
};

struct KernelTable {
    const char *name;
    int vector_bytes;
    Index largest_lane_dimension;  ///< above it, triangles go through BLAS
    CovarianceKernels covariance;
    FloatKernels<float> single_precision;
    FloatKernels<double> double_precision;
    FamilyKernels<double> incomplete[family_count];  ///< for rows in which NaN stands for missing values

    template <class T>
    const FamilyKernels<T> &kernels(Family family, Index features, bool heavy_tails) const;

    bool by_lanes(Index features) const { return features <= largest_lane_dimension; }

    /// Whether a pass calls BLAS.
    bool calls_blas(Family family, Index features) const { return is_dense(family) && !by_lanes(features); }
};

template <class T>
const FloatKernels<T> &precision(const KernelTable &table);
template <>
inline const FloatKernels<float> &precision(const KernelTable &table) {
    return table.single_precision;
}
template <>
inline const FloatKernels<double> &precision(const KernelTable &table) {
    return table.double_precision;
}

template <class T>
const FamilyKernels<T> &KernelTable::kernels(Family family, Index features, bool heavy_tails) const {
    const FloatKernels<T> &of_precision = precision<T>(*this);
    const RadialKernels<T> &all = heavy_tails ? of_precision.student_t : of_precision.gaussian;
    const int index = static_cast<int>(family);
    if (features <= tile_outputs) return all.few_columns[features - 1][index];
    return (by_lanes(features) ? all.by_lanes : all.by_blas)[index];
}

/// The table in use; the best that the processor can run unless select_kernels said otherwise.
const KernelTable &active_kernels();

/// Names of the instruction sets that were built and that this processor can run, worst first; null-terminated.
const char *const *available_kernels();

/// Chooses a table by name; false, and nothing changes, if it is not available.
bool select_kernels(const char *name);

}  // namespace semigen

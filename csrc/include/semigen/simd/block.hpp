// A block of rows on its way through the kernels.
#pragma once

#include "semigen/kernel_table.hpp"
#include "semigen/simd/lanes.hpp"

namespace semigen::SEMIGEN_TARGET {

/// Hands out pieces of a worker's scratch memory, each aligned like its start.
template <class T>
class Scratch {
public:
    explicit Scratch(T *memory) : next_(memory) {}

    static constexpr Index rounded(Index count) {
        constexpr Index line = 64 / sizeof(T);
        return (count + line - 1) / line * line;
    }

    T *take(Index count) {
        T *taken = next_;
        next_ += rounded(count);
        return taken;
    }

private:
    T *next_;
};

/// From one column of a block to the next: a cache line more than its rows, lest all columns fall into the same few
/// sets of the first-level cache.
template <class T>
constexpr Index block_stride(Index d) {
    return block_rows<T>(d) + 64 / static_cast<Index>(sizeof(T));
}

/// The same for rows that are completed one by one under every component, and stored for each: fewer at a time.
constexpr Index completed_stride = row_multiple + 8;

/// Up to block_rows rows of one group, in the model's coordinates. Padding rows have weight zero.
template <class T>
struct Block {
    Index count;   ///< rows that are there
    Index padded;  ///< rounded up to row_multiple
    Index first_component, last_component;
    T *weights;
    T *log_joint;    ///< components x stride: log pi_m p(x_r | m); responsibilities times weight after normalising
    Index stride;    ///< from one component, or one column, to the next
    Index capacity;  ///< rows that fit
    const std::int64_t *component_class;
    Index classes;
    const double *log_priors = nullptr;  ///< of the first row; null where labels are not unsure

    T *log_joint_of(Index m) const { return log_joint + (m - first_component) * stride; }
};

/// Rows so far out that a squared distance could overflow are taken to lie here, which is as good as infinity.
template <class T>
constexpr T farthest = sizeof(T) == 8 ? static_cast<T>(1e140) : static_cast<T>(1e12);

/// NaN, which stands for a missing value, is kept.
template <class T>
inline T clamped(T value) {
    return value > farthest<T> ? farthest<T> : value < -farthest<T> ? -farthest<T> : value;
}

template <class T>
inline Vector<T> clamped(Vector<T> value) {
    return larger<T>(broadcast(-farthest<T>), smaller<T>(broadcast(farthest<T>), value));
}

/// A squared distance that is as good as infinite and yet leaves log densities finite.
template <class T>
constexpr T largest_distance = sizeof(T) == 8 ? static_cast<T>(1e300) : static_cast<T>(1e37);

/// constant - distance / 2, finite even where the distance is not.
template <class T>
inline Vector<T> log_density_at(T constant, Vector<T> distance) {
    return constant - static_cast<T>(0.5) * smaller<T>(distance, broadcast(largest_distance<T>));
}

/// Adds what was known beforehand of each row's class to its log densities with component m, or to their bounds.
///
/// An impossible class comes out finite, and below any possible one however far out the row is: a bound and the rest of
/// a distance are at most half of largest_distance each.
template <class T>
inline void add_log_priors(const Block<T> &block, Index m, T *out) {
    if (block.log_priors == nullptr) return;
    const double *log_prior = block.log_priors + block.component_class[m];
    constexpr double impossible = -2 * static_cast<double>(largest_distance<T>);
    for (Index r = 0; r < block.count; ++r, log_prior += block.classes)
        out[r] += static_cast<T>(*log_prior > impossible ? *log_prior : impossible);
}

template <class T>
inline Index row_at(const Rows<T> &rows, Index position) {
    return rows.order ? static_cast<Index>(rows.order[position]) : position;
}

template <class T>
inline Index padded_rows(Index count) {
    return (count + row_multiple - 1) / row_multiple * row_multiple;
}

template <class T>
inline void load_weights(const Rows<T> &rows, const RowGroup &group, Index first, Block<T> &block) {
    for (Index r = 0; r < block.count; ++r) {
        const double weight = rows.weights ? rows.weights[row_at(rows, first + r)] : 1.0;
        block.weights[r] = static_cast<T>(weight * group.weight);
    }
    for (Index r = block.count; r < block.padded; ++r) block.weights[r] = 0;
}

/// One array of rows per column: lane r of every vector belongs to row r. Padding repeats the last row.
template <class T>
inline void load_by_column(const Rows<T> &rows, Index first, const Block<T> &block, T *columns) {
    const Index d = rows.values.columns, step = rows.values.column_stride;
    for (Index r = 0; r < block.padded; r += width<T>) {
        const T *row[width<T>];
        for (Index lane = 0; lane < width<T>; ++lane) {
            const Index position = first + (r + lane < block.count ? r + lane : block.count - 1);
            row[lane] = rows.values.data + row_at(rows, position) * rows.values.row_stride;
            const Index next = position + block.capacity;
            if (d * static_cast<Index>(sizeof(T)) >= 64 && next < rows.positions) {
                const T *ahead = rows.values.data + row_at(rows, next) * rows.values.row_stride;
                for (Index j = 0; j < d; j += 64 / static_cast<Index>(sizeof(T)))
                    __builtin_prefetch(ahead + j * step, 0, 2);
            }
        }
        for (Index j = 0; j < d; ++j) {
            T value[width<T>];
#pragma GCC unroll 16
            for (Index lane = 0; lane < width<T>; ++lane) value[lane] = row[lane][j * step];
            store(columns + j * block.stride + r, clamped<T>((load(value) - rows.centre[j]) * rows.scale[j]));
        }
    }
}

/// The rows one after the other, as BLAS wants them; `block.count` of them, no padding.
template <class T>
inline void load_by_row(const Rows<T> &rows, Index first, const Block<T> &block, T *into) {
    const Index d = rows.values.columns;
    for (Index r = 0; r < block.count; ++r) {
        const T *row = rows.values.data + row_at(rows, first + r) * rows.values.row_stride;
        for (Index j = 0; j < d; ++j)
            into[r * d + j] = clamped((row[j * rows.values.column_stride] - rows.centre[j]) * rows.scale[j]);
    }
}

}  // namespace semigen::SEMIGEN_TARGET

// The kernels of one instruction set. Built once for each, with SEMIGEN_TARGET and the compiler's flags saying which.
#include "semigen/simd/by_blas.hpp"
#include "semigen/simd/chunk.hpp"
#include "semigen/simd/few_columns.hpp"
#include "semigen/simd/full.hpp"
#include "semigen/simd/incomplete.hpp"
#include "semigen/simd/incomplete_low_rank.hpp"
#include "semigen/simd/low_rank.hpp"
#include "semigen/simd/student_t.hpp"
#include "semigen/simd/tied.hpp"
#include "semigen/simd/triangles.hpp"
#include "semigen/simd/uncorrelated.hpp"

namespace semigen::SEMIGEN_TARGET {
namespace {

/// A family's kernels for one number of columns, as a template of the precision alone.
template <Family family, int Count>
struct Few {
    template <class T>
    using Columns = typename Kernels<family>::template FewColumns<T, Count>;
};

/// Applies a vector function to an array of any length.
template <class T, Vector<T> (*function)(Vector<T>)>
void apply(const T *in, T *out, Index count) {
    for (Index i = 0; i < count; i += width<T>) {
        T lanes[width<T>] = {};
        const Index some = count - i < width<T> ? count - i : width<T>;
        for (Index lane = 0; lane < width<T>; ++lane) lanes[lane] = lane < some ? in[i + lane] : T{1};
        store(lanes, function(load(lanes)));
        for (Index lane = 0; lane < some; ++lane) out[i + lane] = lanes[lane];
    }
}

/// The radial parts of densities, as what they make of the kernels of a family.
struct OfGaussians {
    template <template <class> class FamilyOf, class T>
    static constexpr FamilyKernels<T> kernels() {
        return kernels_of<FamilyOf, T>();
    }
};

struct OfStudentT {
    template <template <class> class FamilyOf, class T>
    static constexpr FamilyKernels<T> kernels() {
        return kernels_of<StudentT<FamilyOf>::template Kernel, T>();
    }
};

template <class Radial, class T>
constexpr RadialKernels<T> radial_kernels() {
#define SEMIGEN_BY_LANES(name) Radial::template kernels<Kernels<Family::name>::template ByLanes, T>(),
#define SEMIGEN_BY_BLAS(name) Radial::template kernels<Kernels<Family::name>::template ByBlas, T>(),
#define SEMIGEN_ONE_COLUMN(name) Radial::template kernels<Few<Family::name, 1>::template Columns, T>(),
#define SEMIGEN_TWO_COLUMNS(name) Radial::template kernels<Few<Family::name, 2>::template Columns, T>(),
#define SEMIGEN_THREE_COLUMNS(name) Radial::template kernels<Few<Family::name, 3>::template Columns, T>(),
#define SEMIGEN_FOUR_COLUMNS(name) Radial::template kernels<Few<Family::name, 4>::template Columns, T>(),
    return {{SEMIGEN_FAMILIES(SEMIGEN_BY_LANES)},
            {SEMIGEN_FAMILIES(SEMIGEN_BY_BLAS)},
            {{SEMIGEN_FAMILIES(SEMIGEN_ONE_COLUMN)},
             {SEMIGEN_FAMILIES(SEMIGEN_TWO_COLUMNS)},
             {SEMIGEN_FAMILIES(SEMIGEN_THREE_COLUMNS)},
             {SEMIGEN_FAMILIES(SEMIGEN_FOUR_COLUMNS)}}};
}

template <class T>
constexpr FloatKernels<T> all_kernels() {
    return {radial_kernels<OfGaussians, T>(), radial_kernels<OfStudentT, T>(), apply<T, exponential<T>>,
            apply<T, logarithm<T>>};
}

/// Above this many columns SciPy's OpenBLAS was at least as fast as the kernels above, on the machine of
/// bench/README.md and in double precision. OpenBLAS picks AVX2 by itself, also beside our baseline.
constexpr Index largest_lane_dimension = SEMIGEN_VECTOR_BYTES >= 64 ? 512 : SEMIGEN_VECTOR_BYTES >= 32 ? 256 : 64;

/// The same for the inverse factor of a covariance, which was then more than twice as fast as LAPACK's, or as fast.
constexpr Index largest_factor_dimension = SEMIGEN_VECTOR_BYTES >= 32 ? 512 : 128;

#define SEMIGEN_INCOMPLETE(name) kernels_of<Kernels<Family::name>::template Incomplete, double>(),

#define SEMIGEN_TEXT_OF(name) #name
#define SEMIGEN_TEXT(name) SEMIGEN_TEXT_OF(name)

}  // namespace

extern const KernelTable table;
const KernelTable table = {SEMIGEN_TEXT(SEMIGEN_TARGET),
                           SEMIGEN_VECTOR_BYTES,
                           largest_lane_dimension,
                           {largest_factor_dimension, invert_covariance, squares_of_product},
                           all_kernels<float>(),
                           all_kernels<double>(),
                           {SEMIGEN_FAMILIES(SEMIGEN_INCOMPLETE)}};

}  // namespace semigen::SEMIGEN_TARGET

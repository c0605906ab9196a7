// The kernels of one instruction set. Built once for each, with SEMIGEN_TARGET and the compiler's flags saying which.
#include "semigen/simd/by_blas.hpp"
#include "semigen/simd/chunk.hpp"
#include "semigen/simd/diagonal.hpp"
#include "semigen/simd/few_columns.hpp"
#include "semigen/simd/full.hpp"
#include "semigen/simd/incomplete.hpp"
#include "semigen/simd/tied.hpp"

namespace semigen::SEMIGEN_TARGET {
namespace {

template <class T>
using Diag = Diagonal<T, Family::diag>;
template <class T>
using OneColumn = FewColumns<T, 1>;
template <class T>
using TwoColumns = FewColumns<T, 2>;
template <class T>
using ThreeColumns = FewColumns<T, 3>;
template <class T>
using FourColumns = FewColumns<T, 4>;
template <class T>
using Spherical = Diagonal<T, Family::spherical>;

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

template <class T>
constexpr FloatKernels<T> all_kernels() {
    return {
        {kernels_of<Full, T>(), kernels_of<Tied, T>(), kernels_of<Diag, T>(), kernels_of<Spherical, T>()},
        {kernels_of<FullByBlas, T>(), kernels_of<TiedByBlas, T>(), kernels_of<Diag, T>(), kernels_of<Spherical, T>()},
        {kernels_of<OneColumn, T>(), kernels_of<TwoColumns, T>(), kernels_of<ThreeColumns, T>(),
         kernels_of<FourColumns, T>()},
        accumulate_incomplete<T>,
        apply<T, exponential<T>>,
        apply<T, logarithm<T>>};
}

/// Above this many columns SciPy's OpenBLAS was at least as fast as the kernels above, on the machine of
/// bench/README.md and in double precision. OpenBLAS picks AVX2 by itself, also beside our baseline.
constexpr Index largest_lane_dimension = SEMIGEN_VECTOR_BYTES >= 64 ? 512 : SEMIGEN_VECTOR_BYTES >= 32 ? 256 : 64;

#define SEMIGEN_TEXT_OF(name) #name
#define SEMIGEN_TEXT(name) SEMIGEN_TEXT_OF(name)

}  // namespace

extern const KernelTable table;
const KernelTable table = {SEMIGEN_TEXT(SEMIGEN_TARGET), SEMIGEN_VECTOR_BYTES, largest_lane_dimension,
                           all_kernels<float>(), all_kernels<double>()};

}  // namespace semigen::SEMIGEN_TARGET

// Calls through the BLAS table, in the integer width that it says.
#include "semigen/blas.hpp"

#include <atomic>
#include <new>
#include <stdexcept>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

namespace semigen {

BlasTable &blas_table() {
    static BlasTable table;
    return table;
}

namespace blas {
namespace {

template <class Call>
void with_integers(Call call) {
    if (blas_table().integer_bytes == 0) throw std::invalid_argument("BLAS is needed, and install_blas was not called");
    if (blas_table().integer_bytes == 8)
        call(std::int64_t{});
    else
        call(std::int32_t{});
}

template <class T>
void multiply(void *routine, const T *triangle, Index d, T *vectors, Index count) {
    with_integers([&](auto zero) {
        using Integer = decltype(zero);
        using Trmm =
            void (*)(char *, char *, char *, char *, Integer *, Integer *, T *, T *, Integer *, T *, Integer *);
        char side = 'L', upper = 'U', transposed = 'T', not_unit = 'N';
        Integer rows = static_cast<Integer>(d), columns = static_cast<Integer>(count);
        T one = 1;
        reinterpret_cast<Trmm>(routine)(&side, &upper, &transposed, &not_unit, &rows, &columns, &one,
                                        const_cast<T *>(triangle), &rows, vectors, &rows);
    });
}

template <class T>
void rank_update(void *routine, const T *vectors, Index count, Index d, T *product) {
    with_integers([&](auto zero) {
        using Integer = decltype(zero);
        using Syrk = void (*)(char *, char *, Integer *, Integer *, T *, T *, Integer *, T *, T *, Integer *);
        char upper = 'U', plain = 'N';
        Integer order = static_cast<Integer>(d), inner = static_cast<Integer>(count);
        T one = 1, none = 0;
        reinterpret_cast<Syrk>(routine)(&upper, &plain, &order, &inner, &one, const_cast<T *>(vectors), &order, &none,
                                        product, &order);
    });
}

}  // namespace

void require_room(int callers) {
#if defined(__unix__) || defined(__APPLE__)
    static std::atomic<int> found{0};
    const int known = found.load();
    if (callers <= known) return;
    constexpr std::size_t buffer = std::size_t{33} << 20;
    const std::size_t wanted = static_cast<std::size_t>(callers - known) * buffer;
    void *address = mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED) throw std::bad_alloc();
    munmap(address, wanted);
    found.store(callers);
#else
    (void)callers;
#endif
}

void multiply_lower(const double *triangle, Index d, double *vectors, Index count) {
    multiply(blas_table().dtrmm, triangle, d, vectors, count);
}

void multiply_lower(const float *triangle, Index d, float *vectors, Index count) {
    multiply(blas_table().strmm, triangle, d, vectors, count);
}

void outer_products(const double *vectors, Index count, Index d, double *product) {
    rank_update(blas_table().dsyrk, vectors, count, d, product);
}

void outer_products(const float *vectors, Index count, Index d, float *product) {
    rank_update(blas_table().ssyrk, vectors, count, d, product);
}

void add_product(const double *left, const double *right, Index rows, Index inner, Index columns, double *product) {
    with_integers([&](auto zero) {
        using Integer = decltype(zero);
        using Gemm = void (*)(char *, char *, Integer *, Integer *, Integer *, double *, double *, Integer *, double *,
                              Integer *, double *, double *, Integer *);
        // Row-major matrices are the transposes of column-major ones: product^T += right^T left^T.
        char plain = 'N';
        Integer m = static_cast<Integer>(columns), n = static_cast<Integer>(rows), k = static_cast<Integer>(inner);
        double one = 1;
        reinterpret_cast<Gemm>(blas_table().dgemm)(&plain, &plain, &m, &n, &k, &one, const_cast<double *>(right), &m,
                                                   const_cast<double *>(left), &k, &one, product, &m);
    });
}

bool cholesky_lower(double *matrix, Index d) {
    bool done = false;
    with_integers([&](auto zero) {
        using Integer = decltype(zero);
        using Potrf = void (*)(char *, Integer *, double *, Integer *, Integer *);
        char upper = 'U';
        Integer order = static_cast<Integer>(d), info = 0;
        reinterpret_cast<Potrf>(blas_table().dpotrf)(&upper, &order, matrix, &order, &info);
        done = info == 0;
    });
    return done;
}

bool invert_lower(double *matrix, Index d) {
    bool done = false;
    with_integers([&](auto zero) {
        using Integer = decltype(zero);
        using Trtri = void (*)(char *, char *, Integer *, double *, Integer *, Integer *);
        char upper = 'U', not_unit = 'N';
        Integer order = static_cast<Integer>(d), info = 0;
        reinterpret_cast<Trtri>(blas_table().dtrtri)(&upper, &not_unit, &order, matrix, &order, &info);
        done = info == 0;
    });
    return done;
}

bool symmetric_eigen(double *matrix, Index d, double *values, double *work, std::int64_t *integer_work) {
    bool done = false;
    with_integers([&](auto zero) {
        using Integer = decltype(zero);
        using Syevd = void (*)(char *, char *, Integer *, double *, Integer *, double *, double *, Integer *, Integer *,
                               Integer *, Integer *);
        char vectors = 'V', upper = 'U';
        Integer order = static_cast<Integer>(d), info = 0;
        Integer size = static_cast<Integer>(eigen_work_size(d));
        Integer integer_size = static_cast<Integer>(eigen_integer_work_size(d));
        reinterpret_cast<Syevd>(blas_table().dsyevd)(&vectors, &upper, &order, matrix, &order, values, work, &size,
                                                     reinterpret_cast<Integer *>(integer_work), &integer_size, &info);
        done = info == 0;
    });
    return done;
}

}  // namespace blas
}  // namespace semigen

// Picks the kernels that this processor runs best.
#include <atomic>
#include <cstring>

#include "semigen/kernel_table.hpp"

namespace semigen {

namespace baseline {
extern const KernelTable table;
}
#ifdef SEMIGEN_X86_KERNELS
namespace avx2 {
extern const KernelTable table;
}
namespace avx512 {
extern const KernelTable table;
}
#endif

namespace {

/// Tables that the processor can run, worst first, with their names beside them.
struct Choices {
    const KernelTable *tables[3] = {};
    const char *names[4] = {};
    int count = 0;

    Choices() {
        add(baseline::table);
#ifdef SEMIGEN_X86_KERNELS
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) add(avx2::table);
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
            add(avx512::table);
#endif
    }

    void add(const KernelTable &table) {
        tables[count] = &table;
        names[count++] = table.name;
    }
};

const Choices &choices() {
    static const Choices all;
    return all;
}

std::atomic<const KernelTable *> &active() {
    static std::atomic<const KernelTable *> table{choices().tables[choices().count - 1]};
    return table;
}

}  // namespace

const KernelTable &active_kernels() { return *active().load(); }

const CovarianceKernels &active_covariance_kernels() { return active_kernels().covariance; }

const char *const *available_kernels() { return choices().names; }

bool select_kernels(const char *name) {
    for (int i = 0; i < choices().count; ++i)
        if (std::strcmp(name, choices().names[i]) == 0) {
            active().store(choices().tables[i]);
            return true;
        }
    return false;
}

}  // namespace semigen

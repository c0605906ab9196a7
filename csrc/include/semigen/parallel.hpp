// Work cut into slots that do not depend on the number of threads, and a way to stop it from outside.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <thread>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "semigen/views.hpp"

namespace semigen {

/// Asks the caller, now and then, whether to give up (Ctrl-C). The question may only be put on the calling thread.
class Interruption {
public:
    using Question = bool (*)();

    explicit Interruption(Question should_stop) : should_stop_(should_stop) {}

    bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

    /// Cheap enough to call once per block of rows: the question itself is put at most every 20 milliseconds.
    void poll();

private:
    using Clock = std::chrono::steady_clock;

    Question should_stop_;
    std::atomic<bool> stopped_{false};
    Clock::time_point asked_ = Clock::now();
};

/// One of the threads on a piece of work. Numbers start at 0, which is the calling thread; only that one may ask.
struct Worker {
    int number;
    Interruption &interruption;

    /// True if the work is to be dropped: whatever it has written by then will not be used.
    bool stop() const;
};

/// True in a process forked from one that had loaded the library: its OpenMP threads did not survive the fork.
bool is_forked_child();

/// Threads to use when the caller does not say: what OpenMP would use, 1 without OpenMP.
inline int default_threads() {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

/// Calls work(slot, worker) for every slot, each exactly once, on up to `threads` threads.
///
/// Which thread takes which slot is left open, so `work` may only write to what belongs to its slot. The first
/// exception that it throws (memory may run out) is thrown again on the calling thread, after the others have stopped.
template <class Work>
void for_each_slot(Index slots, int threads, Interruption &interruption, const Work &work) {
#ifdef _OPENMP
    threads = static_cast<int>(std::min<Index>(threads, slots));
    if (threads > 1 && !is_forked_child()) {
        std::atomic<Index> next{0}, running{threads};
        std::atomic<bool> failed{false};
        std::exception_ptr failure;
#pragma omp parallel num_threads(threads)
        {
            const bool calling = omp_get_thread_num() == 0;
            if (calling) running.fetch_sub(threads - omp_get_num_threads());  // OpenMP may grant fewer
            const Worker worker{omp_get_thread_num(), interruption};
            try {
                for (Index slot = next++; slot < slots && !worker.stop() && !failed; slot = next++) work(slot, worker);
            } catch (...) {
                if (!failed.exchange(true)) failure = std::current_exception();
            }
            running.fetch_sub(1);
            // The calling thread keeps listening while the others finish: a slot of theirs may be long.
            while (calling && running.load() > 0) {
                interruption.poll();
                std::this_thread::yield();
            }
        }
        if (failure) std::rethrow_exception(failure);
        return;
    }
#endif
    (void)threads;
    const Worker worker{0, interruption};
    for (Index slot = 0; slot < slots && !worker.stop(); ++slot) work(slot, worker);
}

/// Adds `slots` arrays of `size` doubles, stored one after the other, along a fixed binary tree, for the entries
/// [first, last). The sums end in the first array.
inline void merge_slots(double *values, Index slots, Index size, Index first, Index last) {
    for (Index stride = 1; stride < slots; stride *= 2)
        for (Index slot = 0; slot + stride < slots; slot += 2 * stride) {
            double *into = values + slot * size;
            const double *from = values + (slot + stride) * size;
            for (Index i = first; i < last; ++i) into[i] += from[i];
        }
}

}  // namespace semigen

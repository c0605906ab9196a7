// Work cut into slots that do not depend on the number of threads, and a way to stop it from outside.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>

#include "semigen/views.hpp"

namespace semigen {

/// A flag that any thread may set to stop the work of others. One within another is set when the outer one is.
class Cancellation {
public:
    explicit Cancellation(const Cancellation *outer = nullptr) : outer_(outer) {}

    void cancel() { flag_.store(true, std::memory_order_relaxed); }
    bool cancelled() const {
        return flag_.load(std::memory_order_relaxed) || (outer_ != nullptr && outer_->cancelled());
    }

private:
    const Cancellation *outer_;
    std::atomic<bool> flag_{false};
};

/// Says when to give up. It asks the caller now and then (has Ctrl-C been pressed?), and it looks at a cancellation.
/// The question may only be put on the calling thread.
class Interruption {
public:
    using Question = bool (*)();

    explicit Interruption(Question should_stop, const Cancellation *cancellation = nullptr)
        : should_stop_(should_stop), cancellation_(cancellation) {}

    bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

    /// Cheap enough to call once per block of rows: the question itself is put at most every 20 milliseconds.
    void poll();

private:
    using Clock = std::chrono::steady_clock;

    Question should_stop_;
    const Cancellation *cancellation_;
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

/// Threads to use when the caller does not say: what OpenMP would use, or 1 where there is no OpenMP.
///
/// Nothing runs on OpenMP's threads; its setting (OMP_NUM_THREADS, threadpoolctl, joblib's workers) is the one that
/// users know.
int default_threads();

namespace detail {

/// Calls share(context, 0) on the calling thread and share(context, 1), share(context, 2), ... on up to `helpers`
/// threads of the process' pool. Returns when every call that has begun has ended. A helper that is still asleep then
/// is not waited for: on a busy machine, waking it may take longer than the work.
///
/// The pool grows as it is needed. Where a thread cannot be made, there are fewer helpers.
void share_among_threads(int helpers, void (*share)(void *context, int number), void *context,
                         Interruption &interruption);

}  // namespace detail

/// Calls work(slot, worker) for every slot, each exactly once, on up to `threads` threads.
///
/// Which thread takes which slot is left open, so `work` may only write to what belongs to its slot. The first
/// exception that it throws (memory may run out) is thrown again on the calling thread, after the others have stopped.
template <class Work>
void for_each_slot(Index slots, int threads, Interruption &interruption, const Work &work) {
    struct Shared {
        Index slots;
        Interruption &interruption;
        const Work &work;
        std::atomic<Index> next{0};
        std::atomic<bool> failed{false};
        std::exception_ptr failure{};

        void take_slots(int number) noexcept {
            const Worker worker{number, interruption};
            try {
                for (Index slot = next++; slot < slots && !worker.stop() && !failed; slot = next++) work(slot, worker);
            } catch (...) {
                if (!failed.exchange(true)) failure = std::current_exception();
            }
        }
    };
    const Index helpers = std::min<Index>(threads, slots) - 1;
    if (helpers < 1) {
        const Worker worker{0, interruption};
        for (Index slot = 0; slot < slots && !worker.stop(); ++slot) work(slot, worker);
        return;
    }
    Shared shared{slots, interruption, work};
    detail::share_among_threads(
        static_cast<int>(helpers),
        [](void *context, int number) { static_cast<Shared *>(context)->take_slots(number); }, &shared, interruption);
    if (shared.failure) std::rethrow_exception(shared.failure);
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

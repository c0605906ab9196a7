// What a process has one of: the pool of threads, and the clock behind interruptions.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "semigen/parallel.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <signal.h>
#endif

namespace semigen {

namespace {

using Clock = std::chrono::steady_clock;

/// How long a helper looks for its next job before it sleeps. An M step fits in between two passes.
constexpr std::chrono::microseconds awake{200};

/// New threads leave signals to the others: the interpreter wants them on its own.
class SignalsBlocked {
public:
#if defined(__unix__) || defined(__APPLE__)
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked &) = delete;
    SignalsBlocked &operator=(const SignalsBlocked &) = delete;

private:
    sigset_t before_;
#else
    SignalsBlocked() {}
#endif
};

/// A piece of work that helpers may join as long as it has places. It lives on its caller's stack.
struct Job {
    void (*share)(void *context, int number);
    void *context;
    int places;
    int next_number = 1;
    std::atomic<int> inside{0};
    Job *next = nullptr;
};

/// Threads that wait for jobs. Never destroyed, as its threads end with the process.
class Pool {
public:
    void offer(Job &job) {
        const std::lock_guard<std::mutex> lock(mutex_);
        hire(job.places);
        job.next = jobs_;
        jobs_ = &job;
        places_ += job.places;
        if (asleep_ > 0) job.places == 1 ? wake_.notify_one() : wake_.notify_all();
    }

    /// Nobody joins the job from here on.
    void withdraw(Job &job) {
        const std::lock_guard<std::mutex> lock(mutex_);
        places_ -= job.places;
        job.places = 0;
        for (Job **link = &jobs_; *link != nullptr; link = &(*link)->next)
            if (*link == &job) {
                *link = job.next;
                break;
            }
    }

private:
    /// Makes threads until there is one for each place. Does without those that the system refuses.
    void hire(int wanted) {
        const SignalsBlocked blocked;
        try {
            for (; threads_ < wanted; ++threads_) std::thread([this] { work(); }).detach();
        } catch (const std::system_error &) {
        } catch (const std::bad_alloc &) {
        }
    }

    [[noreturn]] void work() {
        for (;;) {
            wait_for_a_place();
            int number = 0;
            Job *job = join(&number);
            if (job == nullptr) continue;
            job->share(job->context, number);
            // The caller may leave, and the job be gone, right after this.
            job->inside.fetch_sub(1, std::memory_order_release);
        }
    }

    void wait_for_a_place() {
        const Clock::time_point tired = Clock::now() + awake;
        while (places_.load(std::memory_order_relaxed) == 0) {
            if (Clock::now() < tired) {
                std::this_thread::yield();
                continue;
            }
            std::unique_lock<std::mutex> lock(mutex_);
            ++asleep_;
            wake_.wait(lock, [this] { return places_.load(std::memory_order_relaxed) > 0; });
            --asleep_;
        }
    }

    Job *join(int *number) {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (Job *job = jobs_; job != nullptr; job = job->next) {
            if (job->places == 0) continue;
            --job->places;
            --places_;
            *number = job->next_number++;
            job->inside.fetch_add(1, std::memory_order_relaxed);
            return job;
        }
        return nullptr;
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<int> places_{0};  ///< of all jobs; changes under the mutex only
    Job *jobs_ = nullptr;
    int threads_ = 0, asleep_ = 0;
};

/// The pool of this process. A forked child has none of its parent's threads, and gets a pool of its own.
std::atomic<Pool *> current{nullptr};

#if defined(__unix__) || defined(__APPLE__)
const int registered = pthread_atfork(nullptr, nullptr, [] { current.store(nullptr); });
#endif

Pool &pool() {
    Pool *existing = current.load();
    if (existing == nullptr) {
        Pool *fresh = new Pool;
        if (current.compare_exchange_strong(existing, fresh)) return *fresh;
        delete fresh;
    }
    return *existing;
}

}  // namespace

namespace detail {

void share_among_threads(int helpers, void (*share)(void *context, int number), void *context,
                         Interruption &interruption) {
    Job job{share, context, helpers};
    Pool &helping = pool();
    helping.offer(job);
    share(context, 0);
    helping.withdraw(job);
    // A slot of somebody else's may be long: keep listening.
    while (job.inside.load(std::memory_order_acquire) > 0) {
        interruption.poll();
        std::this_thread::yield();
    }
}

}  // namespace detail

int default_threads() {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

void Interruption::poll() {
    if (stopped()) return;
    if (cancellation_ != nullptr && cancellation_->cancelled()) {
        stopped_.store(true, std::memory_order_relaxed);
        return;
    }
    if (should_stop_ == nullptr) return;
    const auto now = Clock::now();
    if (now - asked_ < std::chrono::milliseconds(20)) return;
    asked_ = now;
    if (should_stop_()) stopped_.store(true, std::memory_order_relaxed);
}

bool Worker::stop() const {
    if (number == 0) interruption.poll();
    return interruption.stopped();
}

}  // namespace semigen

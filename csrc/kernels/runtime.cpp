// What a process has one of: the mark of a forked child, and the clock behind interruptions.
#include "semigen/parallel.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace semigen {

namespace {

std::atomic<bool> forked{false};

#if defined(__unix__) || defined(__APPLE__)
const int registered = pthread_atfork(nullptr, nullptr, [] { forked.store(true); });
#endif

}  // namespace

bool is_forked_child() { return forked.load(std::memory_order_relaxed); }

void Interruption::poll() {
    if (should_stop_ == nullptr || stopped()) return;
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

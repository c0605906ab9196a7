// Work is cut the same way whatever the number of threads, and can be stopped from outside.
#include "semigen/parallel.hpp"

#include <atomic>
#include <chrono>
#include <new>
#include <thread>

#include "check.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"
#include "semigen/pass.hpp"

namespace {

using namespace mixtures;
using namespace std::chrono_literals;

template <class T>
Doubles statistics_of(const semigen::Rows<T> &rows, const Mixture &mixture, int threads) {
    semigen::PassMemory memory;
    semigen::Workspace<T> workspace;
    semigen::Interruption never(nullptr);
    Doubles statistics(static_cast<std::size_t>(mixture.layout().size()), -1.0);
    semigen::expectation(rows, mixture.view(), memory, workspace, true, threads, never, statistics.data());
    return statistics;
}

TEST(statistics_are_the_same_for_every_number_of_threads) {
    Random random(15);
    for (const Family family : families)
        for (const Index d : {5, 64, 65}) {
            const Index n = d < 64 ? 9001 : 701;
            const Mixture mixture = random_mixture(family, 3, d, random);
            const Sample sample = random_sample(n, 3, d, random);
            reference::install(4);
            CHECK(semigen::useful_threads(7, 7, n, mixture.view()) == 7);
            for_each_precision([&](auto zero) {
                using T = decltype(zero);
                const checks::Case label(std::string(name(family)) + " " + precision_name<T>);
                const Laid<T> laid(sample);
                const Doubles expected = statistics_of(laid.rows, mixture, 1);
                for (const int threads : {2, 3, 7}) CHECK(statistics_of(laid.rows, mixture, threads) == expected);
            });
        }
}

TEST(slots_cover_all_rows_in_whole_blocks_or_parts_of_one) {
    for (const Index positions : {1, 31, 32, 33, 1000, 16384, 16385, 1000003})
        for (const Index block : {32, 64, 256})
            for (const Index size : {1, 1000, 200000, 100000000}) {
                const checks::Case label("positions=" + std::to_string(positions) + " block=" + std::to_string(block) +
                                         " size=" + std::to_string(size));
                const semigen::SlotPlan plan = semigen::plan_slots(positions, block, size);
                CHECK(plan.slots >= 1 && plan.slots <= 64);
                CHECK(plan.rows_per_slot % (plan.rows_per_slot < block ? semigen::row_multiple : block) == 0);
                CHECK(plan.slots * plan.rows_per_slot >= positions);
                CHECK((plan.slots - 1) * plan.rows_per_slot < positions);
                if (size > 1000000) CHECK(plan.slots <= 8);
            }
}

TEST(every_slot_is_worked_on_once) {
    for (const Index slots : {0, 1, 2, 63, 500})
        for (const int threads : {1, 2, 3, 7}) {
            std::vector<int> visits(static_cast<std::size_t>(slots), 0);
            semigen::Interruption never(nullptr);
            semigen::for_each_slot(slots, threads, never, [&](Index slot, const semigen::Worker &worker) {
                ++visits[slot];
                CHECK(worker.number >= 0 && worker.number < threads);
            });
            CHECK(std::count(visits.begin(), visits.end(), 1) == slots);
        }
}

TEST(slots_merge_along_a_tree_that_only_their_number_shapes) {
    for (const Index slots : {1, 2, 3, 8, 13, 64}) {
        const Index size = 5;
        Random random(16);
        Doubles whole = random.normals(slots * size, 1);
        Doubles in_pieces = whole;
        std::vector<long double> expected(5, 0);
        for (Index i = 0; i < slots * size; ++i) expected[i % size] += whole[i];
        semigen::merge_slots(whole.data(), slots, size, 0, size);
        semigen::merge_slots(in_pieces.data(), slots, size, 3, size);
        semigen::merge_slots(in_pieces.data(), slots, size, 0, 3);
        for (Index i = 0; i < size; ++i) {
            CHECK_CLOSE(whole[i], static_cast<double>(expected[i]), 1e-13);
            CHECK(whole[i] == in_pieces[i]);
        }
    }
}

std::atomic<int> questions{0};
std::atomic<bool> asked_elsewhere{false};
std::thread::id calling_thread;

bool yes() {
    ++questions;
    if (std::this_thread::get_id() != calling_thread) asked_elsewhere = true;
    return true;
}

bool no() {
    ++questions;
    return false;
}

/// Long enough after the last question for the next one to be put.
void pause() { std::this_thread::sleep_for(25ms); }

TEST(an_interruption_stops_work_early) {
    calling_thread = std::this_thread::get_id();
    for (const int threads : {1, 2, 7}) {
        questions = 0;
        std::atomic<int> visited{0};
        semigen::Interruption interruption(yes);
        semigen::for_each_slot(2000, threads, interruption, [&](Index, const semigen::Worker &) {
            ++visited;
            std::this_thread::sleep_for(1ms);
        });
        CHECK(interruption.stopped());
        CHECK(visited > 0 && visited < 2000);
        CHECK(questions == 1);
    }
    CHECK(!asked_elsewhere);
}

TEST(the_calling_thread_listens_while_others_finish) {
    calling_thread = std::this_thread::get_id();
    semigen::Interruption interruption(yes);
    std::atomic<bool> ran_out_of_patience{false};
    semigen::for_each_slot(2, 2, interruption, [&](Index, const semigen::Worker &worker) {
        const auto patience = std::chrono::steady_clock::now() + 5s;
        if (worker.number == 0) std::this_thread::sleep_for(10ms);  // leaves the other slot to the other thread
        while (worker.number > 0 && !worker.stop()) {
            if (std::chrono::steady_clock::now() > patience) {
                ran_out_of_patience = true;
                return;
            }
            std::this_thread::sleep_for(1ms);
        }
    });
    CHECK(!ran_out_of_patience);
    CHECK(!asked_elsewhere);
}

TEST(a_pass_that_is_stopped_between_blocks_ends) {
    Random random(17);
    for (const Family family : families)
        for (const Index d : {5, 65})
            for (const int threads : {1, 2}) {
                calling_thread = std::this_thread::get_id();
                reference::install(8);
                const Mixture mixture = random_mixture(family, 3, d, random);
                const Sample sample = random_sample(2000, 3, d, random);
                const Laid<float> laid(sample);
                semigen::PassMemory memory;
                semigen::Workspace<float> workspace;
                Doubles statistics(static_cast<std::size_t>(mixture.layout().size()));
                semigen::Interruption at_once(yes);
                pause();
                semigen::expectation(laid.rows, mixture.view(), memory, workspace, true, threads, at_once,
                                     statistics.data());
                CHECK(at_once.stopped());

                semigen::Interruption within(yes);
                const auto patience = std::chrono::steady_clock::now() + 5s;
                while (!within.stopped() && std::chrono::steady_clock::now() < patience)
                    semigen::expectation(laid.rows, mixture.view(), memory, workspace, true, threads, within,
                                         statistics.data());
                CHECK(within.stopped());
                CHECK(statistics_of(laid.rows, mixture, threads) == statistics_of(laid.rows, mixture, 1));
            }
    CHECK(!asked_elsewhere);
}

TEST(a_question_answered_no_changes_nothing_and_is_put_rarely) {
    questions = 0;
    const auto start = std::chrono::steady_clock::now();
    semigen::Interruption interruption(no);
    std::atomic<int> visited{0};
    semigen::for_each_slot(60, 2, interruption, [&](Index, const semigen::Worker &) {
        ++visited;
        std::this_thread::sleep_for(1ms);
    });
    CHECK(visited == 60 && !interruption.stopped());
    CHECK(questions <= (std::chrono::steady_clock::now() - start) / 20ms);
}

TEST(what_a_worker_throws_reaches_the_caller) {
    for (const int threads : {1, 2, 3}) {
        semigen::Interruption never(nullptr);
        bool caught = false;
        try {
            semigen::for_each_slot(20, threads, never, [](Index slot, const semigen::Worker &) {
                if (slot == 7) throw std::bad_alloc();
            });
        } catch (const std::bad_alloc &) {
            caught = true;
        }
        CHECK(caught);
    }
}

TEST(a_number_of_threads_below_one_means_one) {
    for (const int threads : {0, -3}) {
        CHECK(semigen::useful_threads(threads, 7, 1000000, {Family::full, 10, 10, 0, nullptr, nullptr, nullptr}) == 1);
        CHECK(semigen::useful_threads(threads, 7, 1, {Family::full, 1, 1, 0, nullptr, nullptr, nullptr}) == 1);
    }
}

}  // namespace

// The smallest test framework that serves: TEST registers, CHECK counts what fails, run_tests says how it went.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace checks {

struct Test {
    const char *name;
    void (*body)();
};

inline std::vector<Test> &tests() {
    static std::vector<Test> all;
    return all;
}

inline int &failures() {
    static int count = 0;
    return count;
}

/// Says which of many cases a failure belongs to; the innermost last.
inline std::vector<std::string> &cases() {
    static std::vector<std::string> open;
    return open;
}

struct Case {
    explicit Case(std::string label) { cases().push_back(std::move(label)); }
    ~Case() { cases().pop_back(); }
    Case(const Case &) = delete;
    Case &operator=(const Case &) = delete;
};

inline void fail(const char *file, int line, const std::string &what) {
    constexpr int shown = 30;
    if (++failures() > shown) return;
    std::printf("%s:%d: %s", file, line, what.c_str());
    for (const std::string &label : cases()) std::printf(" [%s]", label.c_str());
    std::printf("\n");
}

inline void close(const char *file, int line, const char *text, double actual, double expected, double tolerance) {
    if (actual == expected || std::abs(actual - expected) <= tolerance) return;  // a NaN passes neither
    char values[160];
    std::snprintf(values, sizeof values, " is %.17g, expected %.17g +- %.3g", actual, expected, tolerance);
    fail(file, line, text + std::string(values));
}

/// Runs the tests whose names contain the first argument; the exit status of the program.
inline int run_tests(int argc, char **argv) {
    int ran = 0;
    for (const Test &test : tests()) {
        if (argc > 1 && std::strstr(test.name, argv[1]) == nullptr) continue;
        const int before = failures();
        test.body();
        std::printf("%-6s %s\n", failures() == before ? "ok" : "FAILED", test.name);
        ++ran;
    }
    std::printf("%d tests, %d failed checks\n", ran, failures());
    return ran > 0 && failures() == 0 ? 0 : 1;
}

}  // namespace checks

#define TEST(name)                                                                           \
    static void name();                                                                      \
    static const bool name##_registered = (checks::tests().push_back({#name, &name}), true); \
    static void name()
#define CHECK(condition) ((condition) ? void() : checks::fail(__FILE__, __LINE__, #condition))
#define CHECK_CLOSE(actual, expected, tolerance) checks::close(__FILE__, __LINE__, #actual, actual, expected, tolerance)

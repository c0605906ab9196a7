#include "check.hpp"

int main(int argc, char **argv) { return checks::run_tests(argc, argv); }

// EM iterations of Armadillo's gmm_full on rows and a start read from a file of doubles; see bench/armadillo.py.
#include <armadillo>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

int main(int, char **arguments) {
    const arma::uword n = std::strtoull(arguments[2], nullptr, 10), d = std::strtoull(arguments[3], nullptr, 10);
    const arma::uword k = std::strtoull(arguments[4], nullptr, 10), iterations = std::strtoull(arguments[5], nullptr, 10);
    arma::mat rows(d, n), means(d, k);
    std::ifstream file(arguments[1], std::ios::binary);
    file.read(reinterpret_cast<char *>(rows.memptr()), static_cast<std::streamsize>(n * d * sizeof(double)));
    file.read(reinterpret_cast<char *>(means.memptr()), static_cast<std::streamsize>(k * d * sizeof(double)));
    if (!file) return 1;

    arma::cube covariances(d, d, k);
    covariances.each_slice([](arma::mat &slice) { slice.eye(); });
    const arma::rowvec weights(k, arma::fill::value(1.0 / static_cast<double>(k)));
    const auto learn = [&](arma::uword count) {
        arma::gmm_full model;
        model.set_params(means, covariances, weights);
        const auto begin = std::chrono::steady_clock::now();
        if (!model.learn(rows, k, arma::maha_dist, arma::keep_existing, 0, count, 1e-10, false)) std::exit(1);
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
        std::printf("%.17g ", model.means(0, 0));
        return elapsed.count();
    };
    // Two lengths: what a call costs besides its iterations cancels out.
    const double one = learn(1), more = learn(1 + iterations);
    std::printf("%.17g\n", (more - one) / static_cast<double>(iterations));
}

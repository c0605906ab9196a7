// The radial part of a density: what a component says of a row besides its squared Mahalanobis distance.
//
// A Gaussian has the log density c - delta / 2. A Student t component with nu degrees of freedom in d columns is a
// Gaussian whose precision is multiplied by a weight W ~ Gamma(nu / 2, nu / 2) of each row (Peel & McLachlan, "Robust
// mixture modelling using the t distribution", Statistics and Computing 10, 2000). It has the log density
//
//     c + log Gamma((nu + d) / 2) - log Gamma(nu / 2) - d/2 log(nu / 2) - (nu + d)/2 log(1 + delta / nu),
//
// and given the row W is expected at u = (nu + d) / (nu + delta): moments of rows weigh r u, r being responsibilities.
// log W is expected at log u + psi((nu + d) / 2) - log((nu + d) / 2).
#pragma once

#include <cmath>

#include "semigen/views.hpp"

namespace semigen {

/// What the kernels read of a Student t component, in the precision of the rows; a Gaussian has none.
template <class T>
struct StudentTail {
    T log_constant;           ///< of the density, at the mean
    T inverse_nu;             ///< 1 / nu
    T half_power;             ///< (nu + d) / 2
    T largest_weight;         ///< (nu + d) / nu, the weight of a row at the mean
    double log_weight_shift;  ///< what is added to -log(1 + delta / nu) in the expectation of log W
};

/// log Gamma(x) = (x - 1/2) log x - x + log(2 pi) / 2 + this, for x from about 10 on.
inline double stirling_remainder(double x) {
    const double inverse = 1 / x, square = inverse * inverse;
    return inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
}

/// log Gamma(a + b) - log Gamma(a) - b log a for a > 0 and b >= 0, without a difference of large numbers.
inline double log_gamma_ratio(double a, double b) {
    double moved = 0;
    // Gamma(a + 1) = a Gamma(a), until Stirling's series is exact.
    double x = a;
    for (; x < 16; x += 1) moved += std::log(x) - std::log(x + b);
    const double series =
        (x + b - 0.5) * std::log1p(b / x) - b + stirling_remainder(x + b) - stirling_remainder(x) + b * std::log(x / a);
    return series + moved;
}

/// psi(x) - log x for x > 0, which is negative.
inline double digamma_less_log(double x) {
    double moved = 0, start = x;
    for (; x < 16; x += 1) moved -= 1 / x;
    const double inverse = 1 / x, square = inverse * inverse;
    const double series =
        -inverse / 2 -
        square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240 - square / 132))));
    return series + moved + std::log(x / start);
}

/// The tail of a component whose Gaussian has this constant; `columns` is the d above.
template <class T>
inline StudentTail<T> student_tail(double gaussian_constant, double degrees_of_freedom, Index columns) {
    const double nu = degrees_of_freedom, d = static_cast<double>(columns);
    return {static_cast<T>(gaussian_constant + log_gamma_ratio(nu / 2, d / 2)), static_cast<T>(1 / nu),
            static_cast<T>((nu + d) / 2), static_cast<T>((nu + d) / nu),
            std::log1p(d / nu) + digamma_less_log((nu + d) / 2)};
}

}  // namespace semigen

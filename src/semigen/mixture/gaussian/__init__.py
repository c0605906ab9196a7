"""Mathematics that all covariance families share: parameters, prior, scaling, gradient, imputation, sampling."""

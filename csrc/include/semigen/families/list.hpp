// The list of covariance families: the enum, the tables of kernels and the binding are made from it.
#pragma once

namespace semigen {

#define SEMIGEN_FAMILIES(use) use(full) use(tied) use(diag) use(spherical) use(tied_spherical) use(low_rank)

#define SEMIGEN_ENUMERATOR(name) name,
enum class Family { SEMIGEN_FAMILIES(SEMIGEN_ENUMERATOR) };
#undef SEMIGEN_ENUMERATOR

#define SEMIGEN_ONE(name) +1
constexpr int family_count = SEMIGEN_FAMILIES(SEMIGEN_ONE);
#undef SEMIGEN_ONE

}  // namespace semigen

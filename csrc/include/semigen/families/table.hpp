// All covariance families, and the step from a family that is known at run time to its Traits.
#pragma once

#include "semigen/families/diag.hpp"
#include "semigen/families/full.hpp"
#include "semigen/families/list.hpp"
#include "semigen/families/low_rank.hpp"
#include "semigen/families/spherical.hpp"
#include "semigen/families/tied.hpp"
#include "semigen/families/tied_spherical.hpp"

namespace semigen {

/// Calls use(traits) with the Traits of a family. There is no default: every family of the list has a case.
template <class Use>
[[gnu::always_inline]] constexpr auto with_family(Family family, Use use) {
    switch (family) {
#define SEMIGEN_CASE(name) \
    case Family::name: return use(Traits<Family::name>{});
        SEMIGEN_FAMILIES(SEMIGEN_CASE)
#undef SEMIGEN_CASE
    }
    __builtin_unreachable();
}

}  // namespace semigen

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/llc/validation.h"

namespace evolute::core {

/// Linear networks x -> B A x of N-N-N units, up to a million weights, with the population loss |B A - M|_F^2
/// of whitened inputs; M and w* are the identity on the first r coordinates and 0 on the rest, so that every
/// factor has rank r exactly and lambda is Aoyagi's.
///
/// The target is that of the quadratic part and of the block that is not quadratic. At w* the r x r block of
/// B A - M has curvature 4 in its r^2 directions, the two blocks beside it curvature 2 in theirs, 2 r (N - r)
/// in all, and the rest is a network (N - r)-(N - r)-(N - r) of true rank 0 (finiteTemperatureTwoLayer()).
/// The other N^2 directions leave the loss as it is. The step's bias is quadraticBowl()'s. What couples the
/// blocks is allowed for with one per cent of the target: see `se`. Cost: about five minutes on two idle
/// cores. Progress counts rows.
std::vector<ValidationRow> validateLargeNetworks(const ValidationOptions &options,
                                                 const Observer &observe = {});

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/torch/chain_runner.h"

namespace evolute::core {

/// Both estimators with their errors and diagnostics, from traces. Chains that ended early are left out of the
/// estimate; when all did, what they have is used up to the shortest one. `initialLoss` and its error are of
/// the whole data set, or of what settings.initialLossBatches asks for.
LlcEstimate summarizeChains(const LlcSettings &settings, ChainTraces traces, double initialLoss,
                            double initialLossError);

} // namespace evolute::core

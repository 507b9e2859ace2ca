// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/icl_regression.h"
#include "core/model/architectures.h"

namespace evolute::core {

/// The task of a regression transformer's [data.NAME] table: noise_variance, tasks (M; absent or 0: fresh ones),
/// task_seed. \throws Error for numbers that cannot be meant.
IclRegressionTask regressionTaskOf(const IclTransformerConfig &config, const DescriptionTable &table);

} // namespace evolute::core

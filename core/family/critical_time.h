// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <Eigen/Core>

#include "core/family/family_result.h"

namespace evolute::core {

/// From losses of the same sequences (one a row) at steps in ascending order: where their mean is lowest, and the rise
/// from there to the last step with its standard error over sequences, paired. Nothing without steps.
/// The lowest of many is a little too low by chance, so a rise of two standard errors is no evidence yet.
std::optional<CriticalTime> criticalTime(const std::vector<std::int64_t> &steps,
                                         const Eigen::Ref<const Eigen::MatrixXd> &lossesBySequence);

} // namespace evolute::core

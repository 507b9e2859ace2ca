// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/llc/validation.h"
#include "widgets/plots/line_plot.h"

namespace evolute::app {

/// lambda-hat against lambda on logarithmic axes, with what a perfect sampler returns and the diagonal. Pure.
widgets::LineData validationLines(const std::vector<core::ValidationRow> &rows);

} // namespace evolute::app

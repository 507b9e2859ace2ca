// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llc/curvature.h"
#include "core/torch/objective.h"

namespace evolute::core {

/// estimateCurvature() for any objective. `start` in float64, without replica axis; samples are the
/// objective's first settings.sampleCount, or as many as it has.
Curvature curvatureAt(const Objective &objective, const Weights &start,
                      const std::vector<ParameterShape> &parameters, const Component &component,
                      const CurvatureSettings &settings, int threads, const Observer &observe = {});

} // namespace evolute::core

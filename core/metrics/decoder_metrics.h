// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/metrics/metric_value.h"

namespace evolute::core {

struct DecoderUnderTest; ///< core/torch/decoder_under_test.h

/// Values of one family without step and hashes.
using MetricValues = std::vector<MetricValue>;

MetricValues lossMetrics(const DecoderUnderTest &model);
MetricValues gramMetrics(const DecoderUnderTest &model);
MetricValues attentionMetrics(const DecoderUnderTest &model);
MetricValues positionMetrics(const DecoderUnderTest &model);
MetricValues compositionMetrics(const DecoderUnderTest &model);
MetricValues collapseMetrics(const DecoderUnderTest &model);
MetricValues ablationMetrics(const DecoderUnderTest &model);
MetricValues pathMetrics(const DecoderUnderTest &model);

} // namespace evolute::core

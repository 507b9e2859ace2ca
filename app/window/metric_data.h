// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>
#include <vector>

#include <QStringList>

#include "core/metrics/metric_value.h"
#include "widgets/plots/plot_data.h"

namespace evolute::app {

// Stored metrics as curves over training. Pure functions.

/// Metrics of one name and slice that were computed in several ways (other sequences, another number of
/// probes) are no curve together: of each the way with the most values stays, of equals the later one.
std::vector<core::MetricValue> oneWayEach(std::vector<core::MetricValue> values);

/// Without the metrics of pairs of heads ("L0.H1>L1.H6") that none of `components` takes part in.
std::vector<core::MetricValue> withPairsOf(std::vector<core::MetricValue> values,
                                           const std::set<std::string> &components);

/// What is drawn together of the metrics that are of no head: "n-gram scores", "bigram score (nats)", "icl-score",
/// ... The scores of the whole model come first.
QStringList modelMetricGroups(const std::vector<core::MetricValue> &values);
/// One curve a name, component and slice; a floor is dashed.
std::vector<widgets::CurveSeries> modelMetricCurves(const std::vector<core::MetricValue> &values,
                                                    const QString &group);

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <QStringList>

#include "app/window/pane_data.h"
#include "core/metrics/attention_on_text.h"
#include "core/metrics/curve_clusters.h"
#include "core/metrics/metric_value.h"
#include "core/metrics/partition_agreement.h"
#include "widgets/plots/line_plot.h"
#include "widgets/plots/matrix_plot.h"
#include "widgets/plots/small_multiples.h"

namespace evolute::app {

// λ̂ of attention heads as the Heads tab takes it. Pure functions: numbers come from core, here they are
// chosen and named.

/// λ̂ of one head over training, under one or two sets of estimates.
struct HeadCurve {
  QString id;                                 ///< componentId()
  std::string component;                      ///< "L1.H6"
  widgets::CurveSeries curve;                 ///< in the head's colour
  std::optional<widgets::CurveSeries> beside; ///< the same head on other data, dashed
  double last = widgets::kNone;               ///< at its last step that can be trusted
  double lastError = widgets::kNone;
  double besideLast = widgets::kNone;
  /// Least and largest value of the estimates with verdict ok, both sets, error bars included; none without one.
  std::optional<std::pair<double, double>> healthy;
};

/// Heads of a set, by layer and head. `beside` may be null.
std::vector<HeadCurve> headCurves(const EstimateSet &set, const EstimateSet *beside, const HeadShape &shape);
/// Takes estimates with a verdict other than ok like all others; `healthy` stays what it was.
void trustAll(HeadCurve &head);
/// Sets that hold a head, in the order of estimateSets().
std::vector<EstimateSet> headSets(const std::vector<core::LlcEstimate> &estimates);

/// Names of the metrics that heads have, sorted: "prefix-matching", ...
std::vector<std::string> headMetricNames(const std::vector<core::MetricValue> &values);
/// One metric of each head over training.
std::vector<HeadCurve> headMetricCurves(const std::vector<core::MetricValue> &values, const std::string &name,
                                        const HeadShape &shape);
/// A head's family after its scores at the last step at which it has them; empty where it has none.
std::string headType(const std::vector<core::MetricValue> &values, const std::string &component);
/// What is drawn of each head, at its last step, over the last value of a metric, with the line that fits best. Values
/// outside `range` are marked at the edge.
widgets::LineData headScatter(const std::vector<HeadCurve> &heads, const std::vector<core::MetricValue> &values,
                              const std::string &metric, const QString &drawn,
                              const std::optional<std::pair<double, double>> &range = {});
/// Composition of pairs of heads at the step nearest to `step`: earlier heads in rows, later ones in columns.
/// `name`: "k-composition", ...
widgets::MatrixData compositionMap(const std::vector<core::MetricValue> &values, const std::string &name,
                                   std::int64_t step);

/// What clusterCurves() takes; names are components. Suspect estimates are left out.
core::CurveSet curveSetOf(const std::vector<HeadCurve> &heads);

/// Cluster of each head by its id; the clusters are numbered from 1 where people read them.
struct HeadClusters {
  std::vector<std::string> components; ///< as they were compared
  core::CurveClusters clusters;
  std::vector<std::int64_t> steps;
  QString problem; ///< why there are none; one sentence

  int of(const std::string &component) const; ///< -1: not known
  static QString badge(int cluster);          ///< "cluster 1"; empty for -1
};

enum class HeadOrder { Name, FinalValue, Cluster };
void sortHeads(std::vector<HeadCurve> &heads, HeadOrder order, const HeadClusters &clusters);

std::vector<widgets::SmallPanel> headPanels(const std::vector<HeadCurve> &heads,
                                            const HeadClusters &clusters);
std::vector<widgets::CurveSeries> headOverlay(const std::vector<HeadCurve> &heads);
/// Head by step; `steps` receives the step of each column.
widgets::MatrixData headMap(const std::vector<HeadCurve> &heads, std::vector<std::int64_t> *steps);
/// Centre of each cluster in the scale in which curves were compared, members pale behind.
widgets::LineData clusterCentres(const HeadClusters &clusters, const std::vector<HeadCurve> &heads,
                                 core::CurveScaling scaling);
/// What a head attends to: queries in rows, keys in columns. Empty where the answer does not have the head.
widgets::MatrixData attentionMap(const core::AttentionOnText &attention, const std::string &component);
/// Rich text: the tokens, the darker the larger their loss, between the colours of `paper` and of a mark.
QString tokensByLoss(const core::AttentionOnText &attention, const QColor &paper);
/// The same shaded by what ablating the head does to the loss of each token: warm where it rises, cold where it falls.
QString tokensByAblation(const core::AttentionOnText &attention, const QString &head, const QColor &paper);

/// Groups against families after scores: a row a group, a column a family.
widgets::MatrixData agreementMap(const core::PartitionAgreement &agreement);
core::PartitionAgreement agreementWithTypes(const HeadClusters &clusters,
                                            const std::vector<core::MetricValue> &values);
/// Rich text: what is known of a head at a step. `set` may be null.
QString headCard(const HeadCurve &head, const HeadClusters &clusters, const EstimateSet *set,
                 const std::vector<core::MetricValue> &values, std::int64_t step);

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/stage_data.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "app/window/plain_text.h"
#include "widgets/plots/plot_style.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr double kBand = 1.959963985; // standard deviations on either side: 95 % of a normal law

QString tr(const char *text) {
  return QCoreApplication::translate("StageData", text);
}

widgets::StageKind kindOf(core::StageType type) {
  switch (type) {
  case core::StageType::A:
    return widgets::StageKind::Rising;
  case core::StageType::B:
    return widgets::StageKind::Falling;
  case core::StageType::Other:
    break;
  }
  return widgets::StageKind::Other;
}

widgets::EvidenceSign signOf(core::EvidenceKind kind) {
  switch (kind) {
  case core::EvidenceKind::Slope:
    return widgets::EvidenceSign::Slope;
  case core::EvidenceKind::ChangePoint:
    return widgets::EvidenceSign::Change;
  case core::EvidenceKind::Vertex:
    break;
  }
  return widgets::EvidenceSign::Vertex;
}

QString spanText(std::int64_t step, std::int64_t low, std::int64_t high) {
  return tr("step %1 (%2 to %3)").arg(groupedText(step), groupedText(low), groupedText(high));
}

/// Mean and band at whole steps. Early in training many places of the grid lie within half a step of one, where a curve
/// may move much: the nearest speaks for it.
widgets::CurveSeries lawOf(const Eigen::VectorXd &x, const Eigen::VectorXd &mean, const Eigen::VectorXd &sd) {
  widgets::CurveSeries series;
  double nearest = 0; // of the places for the last step
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    widgets::CurvePoint point;
    point.step = core::stepAt(x[i]);
    point.value = mean[i];
    point.low = mean[i] - kBand * sd[i];
    point.high = mean[i] + kBand * sd[i];
    const double distance = std::abs(x[i] - core::logTime(point.step));
    if (series.points.empty() || series.points.back().step != point.step)
      series.points.push_back(point);
    else if (distance < nearest)
      series.points.back() = point;
    else
      continue;
    nearest = distance;
  }
  return series;
}

} // namespace

std::vector<widgets::StageBand> stageBands(const core::StageSet &set) {
  std::vector<widgets::StageBand> bands;
  for (std::size_t i = 0; i < set.stages.size(); ++i) {
    widgets::StageBand band;
    band.start = set.startOf(i);
    band.end = set.endOf(i);
    const std::string label = set.labelOf(i);
    band.label = label == "-" ? u"–"_s : QString::fromStdString(label);
    band.kind = kindOf(set.stages[i].type);
    band.name = escapedMarkup(set.stages[i].name);
    band.note = QString::fromStdString(set.stages[i].note);
    bands.push_back(std::move(band));
  }
  return bands;
}

core::Curve llcCurve(const EstimateSet &set, const std::string &component) {
  core::Curve curve;
  curve.name = "llc of " + component;
  std::vector<const core::LlcEstimate *> members;
  for (const core::LlcEstimate *estimate : set.members)
    if (estimate->component == component && std::isfinite(estimate->llc))
      members.push_back(estimate);
  std::stable_sort(members.begin(), members.end(),
                   [](const auto *a, const auto *b) { return a->step < b->step; });
  for (const core::LlcEstimate *estimate : members) {
    curve.steps.push_back(estimate->step);
    curve.values.push_back(estimate->llc);
    curve.errors.push_back(estimate->standardError);
  }
  return curve;
}

std::vector<widgets::StackedPanel> readingPanels(const core::StageProposal &proposal, const QString &label) {
  const core::CurvePosterior &law = proposal.reading.posterior;
  widgets::CurveSeries points;
  points.id = u"points"_s;
  points.label = label;
  points.line = Qt::NoPen;
  points.faint = true;
  const core::CurvePoints &fitted = proposal.points;
  for (Eigen::Index i = 0; i < fitted.x.size(); ++i) {
    widgets::CurvePoint point;
    point.step = core::stepAt(fitted.x[i]);
    point.value = fitted.y[i];
    if (fitted.error.size() > 0)
      point.error = fitted.error[i];
    points.points.push_back(point);
  }
  widgets::CurveSeries mean = lawOf(law.x, law.mean, law.sd),
                       slope = lawOf(law.x, law.slopeMean, law.slopeSd);
  mean.id = u"mean"_s;
  mean.label = tr("mean of the fit");
  slope.id = u"slope"_s;
  slope.label = tr("slope of the fit");
  std::vector<widgets::StackedPanel> panels(2);
  panels[0].valueLabel = label;
  panels[0].series = {std::move(mean), std::move(points)};
  panels[0].height = 1.5;
  panels[1].valueLabel = tr("d / d log(1 + t)");
  panels[1].series = {std::move(slope)};
  panels[1].levels = {0};
  return panels;
}

QString kindText(core::EvidenceKind kind) {
  switch (kind) {
  case core::EvidenceKind::Slope:
    return tr("slope of");
  case core::EvidenceKind::ChangePoint:
    return tr("change of");
  case core::EvidenceKind::Vertex:
    break;
  }
  return tr("bend of");
}

QString evidenceText(const core::Evidence &evidence) {
  QString text = kindText(evidence.kind) + u' ' + QString::fromStdString(evidence.source);
  if (std::isfinite(evidence.probability))
    text += tr(" (p = %1)").arg(evidence.probability, 0, 'f', 2);
  if (std::isfinite(evidence.rank))
    text += tr(" (so do %1 % of random walks)").arg(100 * evidence.rank, 0, 'f', 0);
  return text;
}

QString changeText(const core::StageChange &change) {
  return u"%1 (%2 to %3)"_s.arg(widgets::formatNumber(change.delta, 3),
                                widgets::formatNumber(change.deltaLow, 3),
                                widgets::formatNumber(change.deltaHigh, 3));
}

std::vector<widgets::EvidenceRow> evidenceRows(const core::StageProposal &proposal) {
  std::vector<widgets::EvidenceRow> rows;
  for (const core::EvidenceLane &lane : proposal.lanes) {
    widgets::EvidenceRow row{kindText(lane.kind) + u' ' + escapedMarkup(lane.source), signOf(lane.kind), {}};
    for (const core::Evidence &mark : lane.marks)
      row.marks.push_back({mark.step, mark.low, mark.high,
                           evidenceText(mark) + u'\n' + spanText(mark.step, mark.low, mark.high)});
    rows.push_back(std::move(row));
  }
  widgets::EvidenceRow together{tr("proposed"), widgets::EvidenceSign::Together, {}};
  for (const core::ProposedBoundary &boundary : proposal.boundaries) {
    QStringList words{spanText(boundary.step, boundary.low, boundary.high)};
    for (const core::Evidence &evidence : boundary.evidence)
      words << evidenceText(evidence);
    together.marks.push_back({boundary.step, boundary.low, boundary.high, words.join(u'\n')});
  }
  rows.push_back(std::move(together));
  return rows;
}

std::vector<widgets::EdgeInterval> proposedEdges(const core::StageProposal &proposal) {
  std::vector<widgets::EdgeInterval> edges;
  for (const core::ProposedBoundary &boundary : proposal.boundaries)
    edges.push_back({boundary.step, boundary.low, boundary.high});
  return edges;
}

} // namespace evolute::app

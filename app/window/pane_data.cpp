// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/pane_data.h"

#include "app/window/plain_text.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <QCoreApplication>

#include "core/metrics/head_place.h"
#include "widgets/plots/head_color.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return QCoreApplication::translate("PaneData", text);
}

widgets::CurvePoint pointOf(const core::LlcEstimate &estimate) {
  widgets::CurvePoint point;
  point.step = estimate.step;
  point.value = estimate.llc;
  point.error = estimate.standardError;
  const bool plain = estimate.llc == estimate.llcPlain && estimate.llc != estimate.llcPaired;
  for (const core::ChainEvidence &chain : estimate.chains) {
    const double value = plain ? chain.llcPlain : chain.llcPaired;
    if (!std::isfinite(value))
      continue;
    point.low = std::isfinite(point.low) ? std::min(point.low, value) : value;
    point.high = std::isfinite(point.high) ? std::max(point.high, value) : value;
  }
  point.suspect = !estimate.verdict.healthy();
  point.note = remarkOn(estimate);
  return point;
}

} // namespace

QString escapedMarkup(const std::string &name) {
  QString text;
  for (const QChar c : QString::fromStdString(name)) {
    if (c == u'\\' || c == u'_' || c == u'^' || c == u'$')
      text += u'\\';
    text += c;
  }
  return text;
}

widgets::TimeAxisKind plotAxis(TimeAxisKind kind) {
  switch (kind) {
  case TimeAxisKind::Linear:
    return widgets::TimeAxisKind::Linear;
  case TimeAxisKind::Index:
    return widgets::TimeAxisKind::Index;
  case TimeAxisKind::LogPlusOne:
    break;
  }
  return widgets::TimeAxisKind::LogOnePlus;
}

QString metricId(const std::string &column) {
  return u"metric:"_s + QString::fromStdString(column);
}

QString componentId(const std::string &component) {
  return u"llc:"_s + QString::fromStdString(component);
}

namespace {

/// Losses on data held apart: evaluation, validation, test, fresh tasks ("ood").
bool isEvaluation(const std::string &column) {
  const QString name = QString::fromStdString(column);
  return isLossColumn(column) && (name.contains(u"val"_s) || name.contains(u"test"_s) || name.contains(u"ood"_s));
}

} // namespace

bool isLossColumn(const std::string &column) {
  return QString::fromStdString(column).contains(u"loss"_s, Qt::CaseInsensitive);
}

std::vector<widgets::CurveSeries> metricCurves(const MetricsSnapshot &metrics) {
  std::vector<widgets::CurveSeries> curves;
  const bool anyEvaluation = std::any_of(metrics.series.begin(), metrics.series.end(),
                                         [](const auto &column) { return isEvaluation(column.first); });
  for (const auto &[column, series] : metrics.series) {
    widgets::CurveSeries curve;
    curve.id = metricId(column);
    curve.label = escapedMarkup(column);
    // A minibatch's loss is noise around the other: behind it, and still there to be read.
    curve.faint = anyEvaluation && isLossColumn(column) && !isEvaluation(column);
    curve.points.resize(series.steps.size());
    for (std::size_t i = 0; i < series.steps.size(); ++i) {
      curve.points[i].step = series.steps[i];
      curve.points[i].value = series.values[i];
    }
    curves.push_back(std::move(curve));
  }
  // Losses take the first colours of the palette.
  std::stable_partition(curves.begin(), curves.end(), [](const widgets::CurveSeries &curve) {
    return isLossColumn(curve.id.mid(metricId({}).size()).toStdString());
  });
  return curves;
}

QString EstimateSet::key() const {
  return QString::fromStdString(settingsHash + ':' + slice + ':' + dataHash);
}

QString EstimateSet::text() const {
  const QString text = tr("%1 · nβ = %2 · %3 chains × %4 draws")
                           .arg(QString::fromStdString(slice))
                           .arg(inverseTemperature, 0, 'g', 4)
                           .arg(chains)
                           .arg(draws);
  return hasTwin ? text + u" · "_s + QString::fromStdString(settingsHash.substr(0, 6)) : text;
}

std::vector<EstimateSet> estimateSets(const std::vector<core::LlcEstimate> &estimates) {
  std::map<std::tuple<std::string, std::string, std::string>, EstimateSet> sets;
  for (const core::LlcEstimate &estimate : estimates) {
    EstimateSet &set = sets[{estimate.settingsHash, estimate.slice, estimate.dataHash}];
    set.settingsHash = estimate.settingsHash;
    set.slice = estimate.slice;
    set.dataHash = estimate.dataHash;
    set.inverseTemperature = estimate.inverseTemperature;
    set.chains = std::max(set.chains, int(estimate.chains.size()));
    for (const core::ChainEvidence &chain : estimate.chains)
      set.draws = std::max(set.draws, chain.draws);
    set.members.push_back(&estimate);
  }
  std::vector<EstimateSet> list;
  for (auto &[key, set] : sets)
    list.push_back(std::move(set));
  std::map<QString, int> uses;
  for (const EstimateSet &set : list)
    ++uses[set.text()];
  for (EstimateSet &set : list)
    set.hasTwin = uses[set.text()] > 1; // the text is still without the hash
  std::stable_sort(list.begin(), list.end(), [](const EstimateSet &a, const EstimateSet &b) {
    return a.members.size() > b.members.size();
  });
  return list;
}

const core::LlcEstimate *estimateAt(const EstimateSet &set, std::int64_t step, const std::string &component) {
  for (const core::LlcEstimate *estimate : set.members)
    if (estimate->step == step && estimate->component == component)
      return estimate;
  return nullptr;
}

HeadShape headShapeOf(const std::vector<core::Component> &components) {
  HeadShape shape;
  for (const core::Component &component : components)
    if (const auto place = core::headPlaceOf(component.name)) {
      shape.layers = std::max(shape.layers, place->layer + 1);
      shape.headsPerLayer = std::max(shape.headsPerLayer, place->head + 1);
    }
  return shape;
}

std::vector<widgets::CurveSeries> llcCurves(const EstimateSet &set, const HeadShape &shape) {
  std::vector<widgets::CurveSeries> curves;
  for (const core::LlcEstimate *estimate : set.members) {
    const QString id = componentId(estimate->component);
    auto curve = std::find_if(curves.begin(), curves.end(), [&](const auto &c) { return c.id == id; });
    if (curve == curves.end()) {
      // The whole model first, then components by name: the same order, hence colours, at every update.
      const auto place = std::find_if(curves.begin(), curves.end(), [&](const auto &c) {
        return c.id != componentId("all") && (estimate->component == "all" || c.id > id);
      });
      curve = curves.insert(place, widgets::CurveSeries{});
      curve->id = id;
      curve->label = escapedMarkup(estimate->component);
      const auto head = core::headPlaceOf(estimate->component);
      if (head && head->layer < shape.layers && head->head < shape.headsPerLayer)
        curve->color = widgets::headColor(head->layer, head->head, shape.layers, shape.headsPerLayer);
    }
    curve->points.push_back(pointOf(*estimate));
  }
  for (widgets::CurveSeries &curve : curves)
    std::stable_sort(curve.points.begin(), curve.points.end(),
                     [](const auto &a, const auto &b) { return a.step < b.step; });
  return curves;
}

widgets::TrajectoryData trajectoryPlane(const core::Trajectory &trajectory, int first, int second) {
  widgets::TrajectoryData data;
  if (trajectory.points.cols() <= std::max(first, second))
    return data;
  data.steps = trajectory.steps;
  const auto column = [&](int k) {
    const Eigen::VectorXd values = trajectory.points.col(k);
    return std::vector<double>(values.begin(), values.end());
  };
  data.x = column(first);
  data.y = column(second);
  const auto label = [&](int k) {
    return u"PC%1 (%2 %)"_s.arg(k + 1).arg(100 * trajectory.explained(k), 0, 'f', 1);
  };
  data.xLabel = label(first);
  data.yLabel = label(second);
  return data;
}

std::vector<double> explainedShares(const core::Trajectory &trajectory) {
  return {trajectory.explained.begin(), trajectory.explained.end()};
}

std::vector<widgets::CheckpointMark> timelineMarks(const std::vector<CheckpointMark> &marks,
                                                   const MetricsSnapshot *metrics) {
  std::int64_t firstLogged = 1, lastLogged = 0;
  if (metrics) {
    for (const auto &[column, series] : metrics->series) {
      if (series.steps.empty())
        continue;
      const bool none = firstLogged > lastLogged;
      firstLogged = none ? series.steps.front() : std::min(firstLogged, series.steps.front());
      lastLogged = none ? series.steps.back() : std::max(lastLogged, series.steps.back());
    }
  }
  std::vector<widgets::CheckpointMark> drawn;
  drawn.reserve(marks.size());
  for (const CheckpointMark &mark : marks) {
    widgets::CheckpointMark out;
    out.step = mark.step;
    out.note = mark.reason;
    const bool logged = mark.step >= firstLogged && mark.step <= lastLogged;
    switch (mark.state) {
    case CheckpointMark::State::Computing:
      out.state = widgets::CheckpointState::Computing;
      break;
    case CheckpointMark::State::Done:
      out.state = widgets::CheckpointState::Done;
      break;
    case CheckpointMark::State::Failed:
    case CheckpointMark::State::Missing:
      out.state = widgets::CheckpointState::Failed;
      break;
    case CheckpointMark::State::File:
    case CheckpointMark::State::Queued:
    case CheckpointMark::State::Growing:
      out.state = logged ? widgets::CheckpointState::Metrics : widgets::CheckpointState::File;
      break;
    }
    drawn.push_back(out);
  }
  return drawn;
}

} // namespace evolute::app

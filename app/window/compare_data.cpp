// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/compare_data.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "app/window/pane_data.h"
#include "app/window/plain_text.h"
#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_style.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

const QColor kNeutral(0xd1, 0x49, 0x5b); // not on the scale of the parameter, seen on light and dark

constexpr char kTrusted[] = "ok"; // verdict of an estimate

struct CompareData {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::CompareData)
};

QString textOf(const std::string &text) {
  return QString::fromStdString(text);
}

QString valueText(double value) {
  return std::isinf(value) ? u"∞"_s : QString::number(value);
}

/// Where a parameter's value stands on an axis: infinity an octave beyond the largest.
std::vector<double> places(const std::vector<double> &values) {
  double largest = 0;
  for (const double value : values)
    if (std::isfinite(value))
      largest = std::max(largest, value);
  std::vector<double> result = values;
  for (double &value : result)
    if (std::isinf(value))
      value = largest > 0 ? 2 * largest : 1;
  return result;
}

bool isLogarithmic(const std::vector<double> &placed) {
  const auto [low, high] = std::minmax_element(placed.begin(), placed.end());
  return !placed.empty() && *low > 0 && *high >= 10 * *low;
}

std::vector<double> valuesOf(const core::FamilyResult &result) {
  std::vector<double> values;
  for (const core::FamilyMemberResult &member : result.members)
    values.push_back(member.value);
  return values;
}

QString memberLabel(const core::FamilyResult &result, std::size_t member) {
  if (result.parameter.empty())
    return escapedMarkup(result.members[member].label);
  const QString value = valueText(result.members[member].value);
  return result.parameter == "tasks" ? u"$M$ = %1"_s.arg(value)
                                     : u"%1 %2"_s.arg(escapedMarkup(result.parameter), value);
}

QString memberText(const core::FamilyResult &result, std::size_t member) {
  return widgets::MathLabel(memberLabel(result, member)).plainText();
}

QString axisLabel(const core::JointTrajectory &joint, int component) {
  return u"PC%1 (%2 %)"_s.arg(component + 1).arg(100 * joint.explained(component), 0, 'f', 1);
}

widgets::LinePoint pointAt(double x, double value) {
  widgets::LinePoint point;
  point.x = x;
  point.value = value;
  return point;
}

/// Ticks where values are, so that infinity has one.
void setParameterAxis(widgets::LineData &data, const core::FamilyResult &result) {
  const std::vector<double> values = valuesOf(result), placed = places(values);
  data.logX = isLogarithmic(placed);
  data.xLabel = result.parameter == "tasks" ? CompareData::tr("Fixed tasks $M$") : textOf(result.parameter);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(placed[i]) && (data.xTicks.empty() || data.xTicks.back().first != placed[i]))
      data.xTicks.emplace_back(placed[i], valueText(values[i]));
}

} // namespace

std::vector<QColor> memberColors(const std::vector<double> &values, bool dark) {
  std::vector<double> placed = places(values);
  if (std::any_of(placed.begin(), placed.end(), [](double v) { return std::isnan(v); }))
    for (std::size_t i = 0; i < placed.size(); ++i)
      placed[i] = double(i);
  else if (isLogarithmic(placed))
    for (double &value : placed)
      value = std::log(value);
  std::vector<QColor> colors;
  if (placed.empty())
    return colors;
  const auto [low, high] = std::minmax_element(placed.begin(), placed.end());
  for (const double value : placed)
    colors.push_back(widgets::progressColor(*high > *low ? (value - *low) / (*high - *low) : 0.5, dark));
  return colors;
}

widgets::PlaneData jointPlane(const CompareView &view, int first, int second) {
  const core::FamilyResult &result = view.result;
  widgets::PlaneData plane;
  plane.equalAxes = true;
  if (result.joint.explained.size() <= std::max(first, second))
    return plane;
  plane.xLabel = axisLabel(result.joint, first);
  plane.yLabel = axisLabel(result.joint, second);
  plane.header = {u"PC%1"_s.arg(first + 1), u"PC%1"_s.arg(second + 1)};
  for (std::size_t i = 0; i < result.members.size(); ++i) {
    const core::Trajectory &curve = result.joint.curves[i];
    if (view.hidden.contains(i) || curve.points.rows() == 0)
      continue;
    widgets::PlanePath path{memberLabel(result, i), view.colors[i], curve.steps, {}, {}};
    for (Eigen::Index t = 0; t < curve.points.rows(); ++t) {
      path.x.push_back(curve.points(t, first));
      path.y.push_back(curve.points(t, second));
    }
    const auto mark = [&](std::size_t at, widgets::MarkShape shape, const QString &kind) {
      plane.marks.push_back({shape,
                             path.x[at],
                             path.y[at],
                             view.colors[i],
                             kind,
                             {},
                             CompareData::tr("%1: %2, step %3")
                                 .arg(textOf(result.members[i].label), kind, groupedText(curve.steps[at]))});
    };
    if (const auto &critical = result.members[i].critical) {
      const auto at = std::find(curve.steps.begin(), curve.steps.end(), critical->step);
      if (at != curve.steps.end())
        mark(std::size_t(at - curve.steps.begin()), widgets::MarkShape::Circle, u"$t_{crit}$"_s);
    }
    mark(curve.steps.size() - 1, widgets::MarkShape::Star, CompareData::tr("end"));
    plane.paths.push_back(std::move(path));
  }
  for (Eigen::Index i = 0; i < result.joint.others.rows(); ++i) {
    const core::FamilyOracle &oracle = result.oracles[std::size_t(i)];
    if (oracle.member && view.hidden.contains(*oracle.member))
      continue;
    plane.marks.push_back({oracle.member ? widgets::MarkShape::Diamond : widgets::MarkShape::Square,
                           result.joint.others(i, first),
                           result.joint.others(i, second),
                           oracle.member ? view.colors[*oracle.member] : kNeutral,
                           oracle.member ? u"dMMSE$_M$"_s : CompareData::tr("ridge"),
                           {},
                           textOf(oracle.name)});
  }
  return plane;
}

widgets::PlaneData distancePlane(const CompareView &view) {
  widgets::PlaneData plane;
  plane.logX = plane.logY = true;
  plane.xLabel = CompareData::tr("Distance to dMMSE$_M$");
  plane.yLabel = CompareData::tr("Distance to ridge");
  plane.header = {CompareData::tr("to dMMSE"), CompareData::tr("to ridge")};
  for (std::size_t i = 0; i < view.result.members.size(); ++i) {
    const core::FamilyMemberResult &member = view.result.members[i];
    if (view.hidden.contains(i) || !member.regression || std::isinf(member.value) ||
        member.regression->steps.empty())
      continue;
    const core::RegressionCurve &curve = *member.regression;
    if (std::isnan(curve.toTasks.front()))
      continue; // fresh tasks: there is no dMMSE
    widgets::PlanePath path{memberLabel(view.result, i), view.colors[i], curve.steps,
                            view.freshTasks ? curve.oodToTasks : curve.toTasks,
                            view.freshTasks ? curve.oodToRidge : curve.toRidge};
    plane.marks.push_back({widgets::MarkShape::Star,
                           path.x.back(),
                           path.y.back(),
                           view.colors[i],
                           CompareData::tr("end"),
                           {},
                           CompareData::tr("%1: end").arg(textOf(member.label))});
    plane.paths.push_back(std::move(path));
  }
  return plane;
}

std::vector<widgets::CurveSeries> oodCurves(const CompareView &view) {
  std::vector<widgets::CurveSeries> curves;
  widgets::CurveSeries critical; // of all runs: told from their points by its colour, which is of no run
  critical.id = u"t_crit"_s;
  critical.label = u"$t_{crit}$"_s;
  critical.color = kNeutral;
  critical.line = Qt::NoPen;
  for (std::size_t i = 0; i < view.result.members.size(); ++i) {
    const core::FamilyMemberResult &member = view.result.members[i];
    if (view.hidden.contains(i) || !member.regression)
      continue;
    widgets::CurveSeries line;
    line.id = textOf(member.folder);
    line.label = memberLabel(view.result, i);
    line.color = view.colors[i];
    for (std::size_t t = 0; t < member.regression->steps.size(); ++t) {
      widgets::CurvePoint point;
      point.step = member.regression->steps[t];
      point.value = member.regression->oodLoss[t];
      line.points.push_back(point);
    }
    curves.push_back(std::move(line));
    if (!member.critical)
      continue;
    widgets::CurvePoint point;
    point.step = member.critical->step;
    point.value = member.critical->oodLoss;
    point.note = memberText(view.result, i) + u": "_s + wordsOn(member);
    critical.points.push_back(point);
  }
  std::stable_sort(critical.points.begin(), critical.points.end(),
                   [](const auto &a, const auto &b) { return a.step < b.step; });
  if (!critical.points.empty())
    curves.push_back(std::move(critical));
  return curves;
}

widgets::LineData lossOverParameter(const CompareView &view) {
  widgets::LineData data;
  data.valueLabel = CompareData::tr("Loss on own tasks, end");
  data.header = {textOf(view.result.parameter), CompareData::tr("loss")};
  if (view.result.parameter.empty())
    return data;
  setParameterAxis(data, view.result);
  const std::vector<double> placed = places(valuesOf(view.result));
  widgets::LineSeries models{CompareData::tr("model"), QColor(), {}, true},
      tasks{u"dMMSE$_M$"_s, QColor(), {}, true}, ridge{CompareData::tr("ridge"), QColor(), {}, true};
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const core::FamilyMemberResult &member = view.result.members[i];
    if (view.hidden.contains(i) || !member.regression || member.regression->loss.empty() || !member.oracles)
      continue;
    models.points.push_back(pointAt(placed[i], member.regression->loss.back()));
    ridge.points.push_back(pointAt(placed[i], member.oracles->ridge));
    if (std::isfinite(member.oracles->tasks))
      tasks.points.push_back(pointAt(placed[i], member.oracles->tasks));
  }
  for (widgets::LineSeries *series : {&models, &tasks, &ridge})
    if (!series->points.empty())
      data.series.push_back(std::move(*series));
  return data;
}

widgets::LineData llcOverParameter(const CompareView &view) {
  widgets::LineData data;
  data.valueLabel = CompareData::tr("$\\hat\\lambda$ at the last estimate");
  data.header = {textOf(view.result.parameter), u"llc"_s};
  if (view.result.parameter.empty())
    return data;
  setParameterAxis(data, view.result);
  const std::vector<double> placed = places(valuesOf(view.result));
  widgets::LineSeries trusted, others;
  trusted.dots = others.dots = others.hollow = true;
  trusted.label = CompareData::tr("verdict ok");
  others.label = CompareData::tr("another verdict");
  others.line = false;
  for (std::size_t i = 0; i < placed.size() && i < view.estimates.members.size(); ++i) {
    const std::vector<core::FamilyEstimate> &all = view.estimates.members[i];
    if (view.hidden.contains(i) || all.empty())
      continue;
    const core::FamilyEstimate &last = all.back();
    const bool ok = last.verdict == kTrusted;
    widgets::LinePoint point = pointAt(placed[i], last.llc);
    point.error = last.standardError;
    point.note = CompareData::tr("step %1, verdict %2").arg(groupedText(last.step), textOf(last.verdict));
    (ok ? trusted : others).points.push_back(point);
    if (std::isinf(view.result.members[i].value) && ok)
      data.valueMark = last.llc; // the run on fresh tasks: what ridge costs
  }
  for (widgets::LineSeries *series : {&trusted, &others})
    if (!series->points.empty())
      data.series.push_back(std::move(*series));
  return data;
}

widgets::PlaneData lossLlcPlane(const CompareView &view) {
  widgets::PlaneData plane;
  plane.xLabel = CompareData::tr("Loss");
  plane.yLabel = u"$\\hat\\lambda$"_s;
  plane.header = {CompareData::tr("loss"), u"llc"_s};
  for (std::size_t i = 0; i < view.result.members.size() && i < view.estimates.members.size(); ++i) {
    if (view.hidden.contains(i))
      continue;
    const std::vector<core::FamilyEstimate> &all = view.estimates.members[i];
    if (all.empty())
      continue;
    widgets::PlanePath path{memberLabel(view.result, i), view.colors[i], {}, {}, {}, true};
    for (const core::FamilyEstimate &estimate : all) {
      path.steps.push_back(estimate.step);
      path.x.push_back(estimate.loss);
      path.y.push_back(estimate.llc);
      if (estimate.verdict != kTrusted)
        plane.marks.push_back(
            {widgets::MarkShape::Circle,
             estimate.loss,
             estimate.llc,
             view.colors[i],
             CompareData::tr("verdict not ok"),
             {},
             CompareData::tr("%1, step %2: verdict %3")
                 .arg(memberText(view.result, i), groupedText(estimate.step), textOf(estimate.verdict))});
    }
    if (all.back().verdict == kTrusted)
      plane.marks.push_back({widgets::MarkShape::Star,
                             path.x.back(),
                             path.y.back(),
                             view.colors[i],
                             CompareData::tr("last"),
                             {},
                             CompareData::tr("%1: last estimate, step %2")
                                 .arg(memberText(view.result, i), groupedText(all.back().step))});
    plane.paths.push_back(std::move(path));
  }
  return plane;
}

QString wordsOn(const core::FamilyMemberResult &member) {
  if (!member.critical)
    return {};
  const core::CriticalTime &c = *member.critical;
  return CompareData::tr("Loss on fresh tasks lowest at step %1: %2; %3 from there to the end")
      .arg(groupedText(c.step), widgets::formatNumber(c.oodLoss),
           u"+"_s + withErrorText(c.rise, c.riseError));
}

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/validation_figure.h"

#include <algorithm>

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return QCoreApplication::translate("ValidationFigure", text);
}

} // namespace

widgets::LineData validationLines(const std::vector<core::ValidationRow> &rows) {
  widgets::LineSeries target, good, off;
  target.label = tr("what a perfect sampler returns");
  good.label = u"$\\hat\\lambda$ ± se"_s;
  off.label = tr("off by more than 4 se");
  target.line = good.line = off.line = false;
  target.hollow = true;
  good.dots = off.dots = true;
  std::vector<core::ValidationRow> sorted = rows;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto &a, const auto &b) { return a.exactLambda < b.exactLambda; });
  for (const core::ValidationRow &row : sorted) {
    const QString note = QString::fromStdString(row.model + " · " + row.checks);
    widgets::LinePoint point;
    point.x = row.exactLambda;
    point.note = note;
    point.value = row.target;
    target.points.push_back(point);
    point.value = row.llc;
    point.error = row.standardError;
    (row.ok ? good : off).points.push_back(point);
  }
  widgets::LineData data;
  data.xLabel = tr("learning coefficient $\\lambda$, known exactly");
  data.valueLabel = u"$\\hat\\lambda$"_s;
  data.header = {tr("lambda"), tr("value")};
  data.logX = data.logValue = data.diagonal = true;
  data.series = {good, target};
  if (!off.points.empty())
    data.series.push_back(off);
  return data;
}

} // namespace evolute::app

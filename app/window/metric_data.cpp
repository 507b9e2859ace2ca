// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/metric_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <QCoreApplication>

#include "app/window/pane_data.h"
#include "core/metrics/head_place.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return QCoreApplication::translate("MetricData", text);
}

/// Of a head or of a pair of heads: these have views of their own.
bool isOfHeads(const core::MetricValue &value) {
  return core::headPlaceOf(value.component) || value.component.find('>') != std::string::npos;
}

/// Values of one group have one unit.
QString groupOf(const std::string &name) {
  const QString text = QString::fromStdString(name);
  if (text.endsWith(u"-gram-score"_s))
    return tr("n-gram scores");
  if (text.startsWith(u"bigram-"_s))
    return tr("bigram score (nats)");
  return text;
}

} // namespace

std::vector<core::MetricValue> oneWayEach(std::vector<core::MetricValue> values) {
  using Way = std::pair<std::string, std::string>; // data, settings
  std::map<std::pair<std::string, std::string>, std::map<Way, std::size_t>> counts;
  std::map<std::pair<std::string, std::string>, Way> best;
  for (const core::MetricValue &value : values) {
    const Way way{value.dataHash, value.settingsHash};
    auto &ways = counts[{value.name, value.slice}];
    const std::size_t count = ++ways[way];
    Way &largest = best.try_emplace({value.name, value.slice}, way).first->second;
    if (count >= ways[largest])
      largest = way;
  }
  std::erase_if(values, [&](const core::MetricValue &value) {
    return best.at({value.name, value.slice}) != Way{value.dataHash, value.settingsHash};
  });
  return values;
}

std::vector<core::MetricValue> withPairsOf(std::vector<core::MetricValue> values,
                                           const std::set<std::string> &components) {
  std::erase_if(values, [&](const core::MetricValue &value) {
    const std::size_t arrow = value.component.find('>');
    return arrow != std::string::npos && !components.contains(value.component.substr(0, arrow)) &&
           !components.contains(value.component.substr(arrow + 1));
  });
  return values;
}

QStringList modelMetricGroups(const std::vector<core::MetricValue> &values) {
  std::set<QString> whole, parts;
  for (const core::MetricValue &value : values)
    if (!isOfHeads(value))
      (value.component == "all" ? whole : parts).insert(groupOf(value.name));
  QStringList groups(whole.begin(), whole.end());
  for (const QString &group : parts)
    if (!whole.contains(group))
      groups << group;
  return groups;
}

std::vector<widgets::CurveSeries> modelMetricCurves(const std::vector<core::MetricValue> &values,
                                                    const QString &group) {
  std::map<std::tuple<std::string, std::string, std::string>,
           std::map<std::int64_t, const core::MetricValue *>>
      found;
  std::set<std::string> names, components, slices;
  for (const core::MetricValue &value : values)
    if (!isOfHeads(value) && groupOf(value.name) == group) {
      found[{value.name, value.component, value.slice}][value.step] = &value;
      names.insert(value.name);
      components.insert(value.component);
      slices.insert(value.slice);
    }
  std::vector<widgets::CurveSeries> curves;
  for (const auto &[key, points] : found) {
    const auto &[name, component, slice] = key;
    widgets::CurveSeries curve;
    curve.id = u"score:%1:%2:%3"_s.arg(QString::fromStdString(name), QString::fromStdString(component),
                                       QString::fromStdString(slice));
    // What all curves share stands beside the axis, not in every entry of the legend.
    QStringList label;
    if (names.size() > 1 || components.size() == 1)
      label << escapedMarkup(name);
    if (components.size() > 1)
      label << escapedMarkup(component);
    if (slices.size() > 1)
      label << escapedMarkup(slice);
    curve.label = label.join(u" · "_s);
    if (name.ends_with("-floor"))
      curve.line = Qt::DashLine;
    for (const auto &[step, value] : points) {
      widgets::CurvePoint &point = curve.points.emplace_back();
      point.step = step;
      point.value = value->value;
      point.error = value->standardError;
    }
    curves.push_back(std::move(curve));
  }
  const auto place = [](const widgets::CurveSeries &curve) { // "token 2" before "token 16"
    const qsizetype space = curve.label.lastIndexOf(u' ');
    bool isNumber = false;
    const int number = curve.label.mid(space + 1).toInt(&isNumber);
    return isNumber ? std::pair(curve.label.left(space), number) : std::pair(curve.label, 0);
  };
  std::stable_sort(curves.begin(), curves.end(),
                   [&](const auto &a, const auto &b) { return place(a) < place(b); });
  return curves;
}

} // namespace evolute::app

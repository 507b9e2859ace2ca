// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/heads_data.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <QColor>
#include <QCoreApplication>

#include "app/window/plain_text.h"
#include "core/metrics/head_place.h"
#include "core/metrics/head_types.h"
#include "core/metrics/line_fit.h"
#include "widgets/plots/head_color.h"
#include "widgets/plots/plot_style.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return QCoreApplication::translate("HeadsData", text);
}

const widgets::CurvePoint *lastTrusted(const widgets::CurveSeries &curve) {
  for (auto point = curve.points.rbegin(); point != curve.points.rend(); ++point)
    if (std::isfinite(point->value) && !point->suspect)
      return &*point;
  return nullptr;
}

void includeHealthy(HeadCurve &head, const widgets::CurveSeries &curve) {
  for (const widgets::CurvePoint &point : curve.points) {
    if (point.suspect || !std::isfinite(point.value))
      continue;
    const double error = std::isfinite(point.error) ? point.error : 0;
    if (!head.healthy)
      head.healthy.emplace(point.value, point.value);
    head.healthy->first = std::min(head.healthy->first, point.value - error);
    head.healthy->second = std::max(head.healthy->second, point.value + error);
  }
}

std::string componentOf(const widgets::CurveSeries &curve) {
  return curve.id.mid(componentId({}).size()).toStdString();
}

} // namespace

std::vector<EstimateSet> headSets(const std::vector<core::LlcEstimate> &estimates) {
  std::vector<EstimateSet> sets = estimateSets(estimates);
  std::erase_if(sets, [](const EstimateSet &set) {
    return std::none_of(set.members.begin(), set.members.end(), [](const core::LlcEstimate *estimate) {
      return core::headPlaceOf(estimate->component).has_value();
    });
  });
  return sets;
}

void trustAll(HeadCurve &head) {
  for (widgets::CurvePoint &point : head.curve.points)
    point.suspect = false;
  if (const widgets::CurvePoint *last = lastTrusted(head.curve)) {
    head.last = last->value;
    head.lastError = last->error;
  }
  if (!head.beside)
    return;
  for (widgets::CurvePoint &point : head.beside->points)
    point.suspect = false;
  if (const widgets::CurvePoint *last = lastTrusted(*head.beside))
    head.besideLast = last->value;
}

std::vector<HeadCurve> headCurves(const EstimateSet &set, const EstimateSet *beside, const HeadShape &shape) {
  std::vector<HeadCurve> heads;
  for (widgets::CurveSeries &curve : llcCurves(set, shape)) {
    HeadCurve head;
    head.component = componentOf(curve);
    if (!core::headPlaceOf(head.component))
      continue;
    head.id = curve.id;
    if (const widgets::CurvePoint *last = lastTrusted(curve)) {
      head.last = last->value;
      head.lastError = last->error;
    }
    for (widgets::CurvePoint &point : curve.points)
      point.low = point.high = widgets::kNone; // bands of many heads would cover each other
    includeHealthy(head, curve);
    head.curve = std::move(curve);
    heads.push_back(std::move(head));
  }
  if (beside)
    for (widgets::CurveSeries &curve : llcCurves(*beside, shape))
      for (HeadCurve &head : heads)
        if (head.id == curve.id) {
          if (const widgets::CurvePoint *last = lastTrusted(curve))
            head.besideLast = last->value;
          curve.line = Qt::DashLine;
          includeHealthy(head, curve);
          for (widgets::CurvePoint &point : curve.points)
            point.low = point.high = widgets::kNone;
          head.beside = std::move(curve);
          break;
        }
  sortHeads(heads, HeadOrder::Name, {});
  return heads;
}

std::vector<std::string> headMetricNames(const std::vector<core::MetricValue> &values) {
  std::set<std::string> names;
  for (const core::MetricValue &value : values)
    if (core::headPlaceOf(value.component))
      names.insert(value.name);
  return {names.begin(), names.end()};
}

std::vector<HeadCurve> headMetricCurves(const std::vector<core::MetricValue> &values, const std::string &name,
                                        const HeadShape &shape) {
  std::map<core::HeadPlace, HeadCurve> heads;
  for (const core::MetricValue &value : values) {
    const auto place = core::headPlaceOf(value.component);
    if (!place || value.name != name)
      continue;
    HeadCurve &head = heads[*place];
    head.component = value.component;
    head.id = head.curve.id = componentId(value.component);
    head.curve.label = QString::fromStdString(value.component);
    if (place->layer < shape.layers && place->head < shape.headsPerLayer)
      head.curve.color = widgets::headColor(place->layer, place->head, shape.layers, shape.headsPerLayer);
    std::vector<widgets::CurvePoint> &points = head.curve.points;
    if (!points.empty() && points.back().step == value.step)
      continue; // the same on other data: one curve a head is drawn, the first
    points.emplace_back().step = value.step;
    points.back().value = value.value;
    points.back().error = value.standardError;
    head.last = value.value;
    head.lastError = value.standardError;
  }
  std::vector<HeadCurve> list;
  for (auto &[place, head] : heads) {
    includeHealthy(head, head.curve);
    list.push_back(std::move(head));
  }
  return list;
}

namespace {

/// At the last step at or before `step`; null where there is none.
const core::MetricValue *metricAt(const std::vector<core::MetricValue> &values, const std::string &name,
                                  const std::string &component, std::int64_t step) {
  const core::MetricValue *found = nullptr;
  for (const core::MetricValue &value : values)
    if (value.name == name && value.component == component && value.step <= step &&
        (!found || value.step >= found->step))
      found = &value;
  return found;
}

} // namespace

std::string headType(const std::vector<core::MetricValue> &values, const std::string &component) {
  const auto types = core::headTypes(values);
  const auto type = types.find(component);
  return type == types.end() ? std::string() : type->second;
}

widgets::LineData headScatter(const std::vector<HeadCurve> &heads, const std::vector<core::MetricValue> &values,
                              const std::string &metric, const QString &drawn,
                              const std::optional<std::pair<double, double>> &range) {
  widgets::LineData data;
  std::vector<double> x, y;
  for (const HeadCurve &head : heads) {
    const core::MetricValue *value =
        metricAt(values, metric, head.component, std::numeric_limits<std::int64_t>::max());
    if (!value || !std::isfinite(value->value) || !std::isfinite(head.last))
      continue;
    x.push_back(value->value);
    y.push_back(head.last);
    widgets::LinePoint point;
    point.x = value->value;
    point.value = head.last;
    point.error = head.lastError;
    point.label = QString::fromStdString(head.component);
    point.suspect = range && (head.last < range->first || head.last > range->second);
    data.series.push_back({{}, head.curve.color, {point}, true, false});
  }
  data.xLabel = QString::fromStdString(metric);
  data.valueLabel = tr("%1, last").arg(drawn);
  data.header = {QString::fromStdString(metric), u"value"_s};
  if (const core::LineFit fit = core::fitLine(x, y); fit.count >= 3 && std::isfinite(fit.slope)) {
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    std::vector<widgets::LinePoint> ends(2);
    ends[0].x = *low;
    ends[1].x = *high;
    for (widgets::LinePoint &end : ends)
      end.value = fit.intercept + fit.slope * end.x;
    data.xLabel += tr("   (r = %1, %2 heads)").arg(fit.correlation, 0, 'f', 2).arg(fit.count);
    data.series.push_back({{}, QColor(Qt::gray), ends, false, true, false, true});
  }
  return data;
}

widgets::MatrixData compositionMap(const std::vector<core::MetricValue> &values, const std::string &name,
                                   std::int64_t step) {
  std::int64_t nearest = -1;
  std::set<core::HeadPlace> earlier, later;
  const auto pair = [](const core::MetricValue &value) {
    const std::size_t arrow = value.component.find('>');
    return arrow == std::string::npos
               ? std::pair<std::optional<core::HeadPlace>, std::optional<core::HeadPlace>>()
               : std::pair(core::headPlaceOf(std::string_view(value.component).substr(0, arrow)),
                           core::headPlaceOf(std::string_view(value.component).substr(arrow + 1)));
  };
  for (const core::MetricValue &value : values)
    if (value.name == name) {
      const auto [from, to] = pair(value);
      if (!from || !to)
        continue;
      earlier.insert(*from);
      later.insert(*to);
      if (nearest < 0 || std::abs(value.step - step) < std::abs(nearest - step))
        nearest = value.step;
    }
  widgets::MatrixData data;
  const auto label = [](const core::HeadPlace &place) {
    return u"L%1.H%2"_s.arg(place.layer).arg(place.head);
  };
  for (const core::HeadPlace &place : earlier)
    data.rows << label(place);
  for (const core::HeadPlace &place : later)
    data.columns << label(place);
  data.values.assign(earlier.size() * later.size(), widgets::kNone);
  for (const core::MetricValue &value : values)
    if (value.name == name && value.step == nearest)
      if (const auto [from, to] = pair(value); from && to)
        data.values[std::size_t(std::distance(earlier.begin(), earlier.find(*from))) * later.size() +
                    std::size_t(std::distance(later.begin(), later.find(*to)))] = value.value;
  data.rowLabel = tr("Writes");
  data.columnLabel = tr("Reads, at step %1").arg(groupedText(nearest));
  data.valueLabel = QString::fromStdString(name);
  data.showNumbers = true;
  return data;
}

widgets::MatrixData attentionMap(const core::AttentionOnText &attention, const std::string &component) {
  widgets::MatrixData data;
  const auto head = std::find(attention.heads.begin(), attention.heads.end(), component);
  if (head == attention.heads.end())
    return data;
  for (const std::string &label : attention.labels)
    data.rows << QString::fromStdString(label).simplified();
  data.columns = data.rows;
  const Eigen::MatrixXd &pattern = attention.patterns[std::size_t(head - attention.heads.begin())];
  for (Eigen::Index q = 0; q < pattern.rows(); ++q)
    for (Eigen::Index k = 0; k < pattern.cols(); ++k)
      data.values.push_back(k <= q ? pattern(q, k) : widgets::kNone);
  data.rowLabel = tr("Attends");
  data.columnLabel = tr("Attended to");
  data.valueLabel = tr("Attention");
  data.range = {0.0, 1.0};
  data.squareCells = true;
  return data;
}

namespace {

/// Tokens in running text, each but the first shaded by its value: in full at +-`full`.
QString shadedTokens(const core::AttentionOnText &attention, const std::vector<double> &values, double full,
                     const QColor &paper) {
  const QColor warm(0xE6, 0x7E, 0x22), cold(0x2E, 0x86, 0xC1);
  QString text;
  for (std::size_t i = 0; i < attention.labels.size(); ++i) {
    const double shade = i > 0 && full > 0 ? values[i - 1] / full : 0;
    const QColor &mark = shade < 0 ? cold : warm;
    const auto mix = [&](int a, int b) { return int(a + 0.85 * std::min(1.0, std::abs(shade)) * (b - a)); };
    const QColor back(mix(paper.red(), mark.red()), mix(paper.green(), mark.green()),
                      mix(paper.blue(), mark.blue()));
    QString label = QString::fromStdString(attention.labels[i]);
    label.replace(u'\n', u"↵"_s);
    text += u"<span style=\"background-color:%1\">%2</span> "_s.arg(back.name(), label.toHtmlEscaped());
  }
  return text + u"<br/>"_s;
}

} // namespace

QString tokensByLoss(const core::AttentionOnText &attention, const QColor &paper) {
  double most = 0;
  for (const double loss : attention.losses)
    most = std::max(most, loss);
  return shadedTokens(attention, attention.losses, most, paper) +
         tr("Shade: loss of each token, up to %1 nats").arg(most, 0, 'f', 2);
}

QString tokensByAblation(const core::AttentionOnText &attention, const QString &head, const QColor &paper) {
  double most = 0, sum = 0;
  for (const double effect : attention.ablationEffects) {
    most = std::max(most, std::abs(effect));
    sum += effect;
  }
  return shadedTokens(attention, attention.ablationEffects, most, paper) +
         tr("Shade: what the loss of each token rises (warm) or falls (cold) by without %1, up to %2 nats; in the mean %3")
             .arg(head)
             .arg(most, 0, 'f', 2)
             .arg(sum / double(std::max<std::size_t>(1, attention.ablationEffects.size())), 0, 'f', 3);
}

core::PartitionAgreement agreementWithTypes(const HeadClusters &clusters,
                                            const std::vector<core::MetricValue> &values) {
  const auto known = core::headTypes(values);
  std::vector<std::string> groups, types;
  for (const std::string &component : clusters.components)
    if (const auto type = known.find(component); type != known.end() && clusters.of(component) >= 0) {
      groups.push_back(HeadClusters::badge(clusters.of(component)).toStdString());
      types.push_back(type->second);
    }
  return core::agreementOf(groups, types);
}

widgets::MatrixData agreementMap(const core::PartitionAgreement &agreement) {
  widgets::MatrixData data;
  for (const std::string &row : agreement.rows)
    data.rows << QString::fromStdString(row);
  for (const std::string &column : agreement.columns)
    data.columns << QString::fromStdString(column);
  for (Eigen::Index i = 0; i < agreement.counts.rows(); ++i)
    for (Eigen::Index j = 0; j < agreement.counts.cols(); ++j)
      data.values.push_back(agreement.counts(i, j));
  data.columnLabel = tr("adjusted Rand index %1, chance does as well in %2 %")
                         .arg(agreement.adjustedRand, 0, 'f', 2)
                         .arg(100 * agreement.chance, 0, 'f', 1);
  data.valueLabel = tr("heads");
  data.showNumbers = true;
  return data;
}

core::CurveSet curveSetOf(const std::vector<HeadCurve> &heads) {
  std::vector<core::Curve> curves;
  for (const HeadCurve &head : heads) {
    core::Curve curve;
    curve.name = head.component;
    for (const widgets::CurvePoint &point : head.curve.points)
      if (!point.suspect) {
        curve.steps.push_back(point.step);
        curve.values.push_back(point.value);
      }
    curves.push_back(std::move(curve));
  }
  return core::commonSteps(curves);
}

int HeadClusters::of(const std::string &component) const {
  const auto at = std::find(components.begin(), components.end(), component);
  const auto index = std::size_t(at - components.begin());
  return index < clusters.labels.size() ? clusters.labels[index] : -1;
}

QString HeadClusters::badge(int cluster) {
  return cluster < 0 ? QString() : tr("cluster %1").arg(cluster + 1);
}

void sortHeads(std::vector<HeadCurve> &heads, HeadOrder order, const HeadClusters &clusters) {
  const auto byName = [](const HeadCurve &a, const HeadCurve &b) {
    return core::headPlaceOf(a.component) < core::headPlaceOf(b.component);
  };
  std::sort(heads.begin(), heads.end(), byName);
  if (order == HeadOrder::FinalValue) // the largest first, those without a value last
    std::stable_sort(heads.begin(), heads.end(), [](const HeadCurve &a, const HeadCurve &b) {
      return std::isfinite(a.last) && (!std::isfinite(b.last) || a.last > b.last);
    });
  if (order == HeadOrder::Cluster)
    std::stable_sort(heads.begin(), heads.end(), [&](const HeadCurve &a, const HeadCurve &b) {
      return unsigned(clusters.of(a.component)) < unsigned(clusters.of(b.component)); // -1 last
    });
}

std::vector<widgets::SmallPanel> headPanels(const std::vector<HeadCurve> &heads,
                                            const HeadClusters &clusters) {
  std::vector<widgets::SmallPanel> panels;
  for (const HeadCurve &head : heads)
    panels.push_back({head.curve, head.beside, HeadClusters::badge(clusters.of(head.component))});
  return panels;
}

std::vector<widgets::CurveSeries> headOverlay(const std::vector<HeadCurve> &heads) {
  std::vector<widgets::CurveSeries> curves;
  for (const HeadCurve &head : heads) {
    curves.push_back(head.curve);
    if (!head.beside)
      continue;
    widgets::CurveSeries beside = *head.beside;
    beside.id += u":beside"_s;
    beside.faint = true; // and not in the legend: the line's style says what it is
    curves.push_back(std::move(beside));
  }
  return curves;
}

widgets::MatrixData headMap(const std::vector<HeadCurve> &heads, std::vector<std::int64_t> *steps) {
  std::map<std::int64_t, int> columns;
  for (const HeadCurve &head : heads)
    for (const widgets::CurvePoint &point : head.curve.points)
      columns[point.step] = 0;
  widgets::MatrixData data;
  steps->clear();
  for (auto &[step, column] : columns) {
    column = int(steps->size());
    steps->push_back(step);
    data.columns << groupedText(step);
  }
  data.columnLabel = tr("Training step, each checkpoint as wide as any other");
  data.valueLabel = u"$\\hat\\lambda$"_s;
  data.values.assign(heads.size() * steps->size(), widgets::kNone);
  for (std::size_t row = 0; row < heads.size(); ++row) {
    data.rows << QString::fromStdString(heads[row].component);
    data.rowColors.push_back(heads[row].curve.color);
    for (const widgets::CurvePoint &point : heads[row].curve.points)
      if (!point.suspect)
        data.values[row * steps->size() + std::size_t(columns.at(point.step))] = point.value;
  }
  return data;
}

widgets::LineData clusterCentres(const HeadClusters &clusters, const std::vector<HeadCurve> &heads,
                                 core::CurveScaling scaling) {
  widgets::LineData data;
  const core::CurveClusters &found = clusters.clusters;
  if (found.labels.empty())
    return data;
  data.logX = false;
  data.xLabel = tr("log(1 + t)");
  data.valueLabel =
      scaling == core::CurveScaling::None ? u"$\\hat\\lambda$"_s : tr("$\\hat\\lambda$, scaled");
  data.header = {u"log1p_step"_s, u"value"_s};
  const core::CurveSet set = curveSetOf(heads);
  const Eigen::MatrixXd compared = core::scaled(set.values, scaling);
  const auto line = [&](const Eigen::VectorXd &values) {
    std::vector<widgets::LinePoint> points;
    points.resize(std::size_t(values.size()));
    for (std::size_t i = 0; i < points.size(); ++i) {
      points[i].x = core::logTime(clusters.steps[i]);
      points[i].value = values[Eigen::Index(i)];
    }
    return points;
  };
  if (set.steps == clusters.steps) // else estimates came meanwhile: the next grouping draws them
    for (std::size_t i = 0; i < set.names.size(); ++i)
      if (const int cluster = clusters.of(set.names[i]); cluster >= 0)
        data.series.push_back({{},
                               widgets::seriesColor(cluster, int(found.centres.rows()), false),
                               line(compared.row(Eigen::Index(i)).transpose()),
                               false,
                               true});
  for (Eigen::Index k = 0; k < found.centres.rows(); ++k)
    data.series.push_back({HeadClusters::badge(int(k)),
                           widgets::seriesColor(int(k), int(found.centres.rows()), false),
                           line(found.centres.row(k).transpose()), false, false});
  return data;
}

QString headCard(const HeadCurve &head, const HeadClusters &clusters, const EstimateSet *set,
                 const std::vector<core::MetricValue> &values, std::int64_t step) {
  const auto row = [](const QString &name, const QString &value) {
    return u"<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>"_s.arg(name, value.toHtmlEscaped());
  };
  QString text = u"<table>"_s;
  if (const core::LlcEstimate *estimate = set ? estimateAt(*set, step, head.component) : nullptr) {
    text +=
        row(tr("λ̂ at step %1").arg(groupedText(step)), withErrorText(estimate->llc, estimate->standardError));
    text += row(tr("verdict"), QString::fromStdString(estimate->verdict.code));
    if (const QString remark = remarkOn(*estimate); !remark.isEmpty())
      text += row(tr("remark"), remark);
    text += row(u"R̂"_s, QString::number(estimate->rhat, 'g', 4));
    text += row(tr("effective draws"), QString::number(estimate->essBulk, 'f', 0));
  } else {
    text += row(tr("λ̂ at step %1").arg(groupedText(step)), tr("not estimated"));
  }
  text += row(tr("last value drawn"), withErrorText(head.last, head.lastError));
  for (const std::string &name : headMetricNames(values))
    if (const core::MetricValue *value = metricAt(values, name, head.component, step))
      text += row(QString::fromStdString(name),
                  withErrorText(value->value, value->standardError) +
                      (value->step == step ? QString() : tr(" at step %1").arg(groupedText(value->step))));
  if (const std::string type = headType(values, head.component); !type.empty())
    text += row(tr("after its scores"), QString::fromStdString(type));
  if (std::isfinite(head.besideLast))
    text += row(tr("on the other data"), withErrorText(head.besideLast, widgets::kNone));
  const auto suspects = std::count_if(head.curve.points.begin(), head.curve.points.end(),
                                      [](const widgets::CurvePoint &point) { return point.suspect; });
  text += row(tr("checkpoints"),
              tr("%1, of which %2 not to be trusted").arg(head.curve.points.size()).arg(suspects));
  if (const int cluster = clusters.of(head.component); cluster >= 0) {
    QStringList others;
    for (const std::string &component : clusters.components)
      if (component != head.component && clusters.of(component) == cluster)
        others << QString::fromStdString(component);
    text += row(HeadClusters::badge(cluster),
                others.isEmpty() ? tr("alone") : tr("with %1").arg(others.join(u", "_s)));
  }
  return text + u"</table>"_s;
}

} // namespace evolute::app

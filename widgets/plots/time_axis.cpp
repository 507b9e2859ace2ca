// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/time_axis.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

namespace evolute::widgets {

namespace {

constexpr double kLabelGap = 8.0;      // pixels between two labels
constexpr double kMinorSpacing = 4.0;  // pixels between two minor ticks
constexpr double kEarliestStep = -0.9; // log10(1 + t) needs t > -1; views reach a little left of step 0

double niceStep(double raw) {
  const double magnitude = std::pow(10.0, std::floor(std::log10(raw)));
  const double mantissa = raw / magnitude;
  const double nice = mantissa <= 1.0 ? 1.0 : mantissa <= 2.0 ? 2.0 : mantissa <= 5.0 ? 5.0 : 10.0;
  return std::max(1.0, nice * magnitude);
}

/// Whole multiples of a readable step in [low, high], about `count` of them.
std::vector<std::int64_t> niceMultiples(double low, double high, double count) {
  std::vector<std::int64_t> result;
  if (!(high > low))
    return result;
  const auto step = std::int64_t(niceStep((high - low) / std::max(1.0, count)));
  for (auto value = std::int64_t(std::ceil(low / double(step))) * step; double(value) <= high; value += step)
    result.push_back(value);
  return result;
}

/// m * 10^k for the mantissas given, in [low, high].
std::vector<std::int64_t> decadeMultiples(double low, double high, std::initializer_list<int> mantissas) {
  std::vector<std::int64_t> result;
  for (std::int64_t decade = 1; double(decade) <= high && decade < std::int64_t(1e18); decade *= 10)
    for (const int mantissa : mantissas)
      if (const auto value = decade * mantissa; double(value) >= low && double(value) <= high)
        result.push_back(value);
  return result;
}

} // namespace

TimeAxis::TimeAxis(TimeAxisKind kind, std::vector<std::int64_t> steps)
    : m_kind(kind), m_steps(std::move(steps)) {}

double TimeAxis::coordinate(double step) const {
  if (m_kind == TimeAxisKind::Linear)
    return step;
  if (m_kind == TimeAxisKind::LogOnePlus)
    return std::log10(1.0 + std::max(step, kEarliestStep));
  if (m_steps.size() < 2)
    return m_steps.empty() ? step : step - double(m_steps.front());
  // The gap that holds the step; the first and last one go on outwards.
  const auto after = std::upper_bound(m_steps.begin() + 1, m_steps.end() - 1, step,
                                      [](double value, std::int64_t s) { return value < double(s); });
  const auto before = after - 1;
  return double(before - m_steps.begin()) + (step - double(*before)) / double(*after - *before);
}

double TimeAxis::step(double coordinate) const {
  if (m_kind == TimeAxisKind::Linear)
    return coordinate;
  if (m_kind == TimeAxisKind::LogOnePlus)
    return std::pow(10.0, coordinate) - 1.0;
  if (m_steps.size() < 2)
    return m_steps.empty() ? coordinate : coordinate + double(m_steps.front());
  const double last = double(m_steps.size() - 2);
  const auto before = std::size_t(std::clamp(std::floor(coordinate), 0.0, last));
  return double(m_steps[before]) +
         (coordinate - double(before)) * double(m_steps[before + 1] - m_steps[before]);
}

std::optional<int> TimeAxis::nearestIndex(double coordinate) const {
  if (m_steps.empty() || std::isnan(coordinate))
    return std::nullopt;
  const auto after =
      std::lower_bound(m_steps.begin(), m_steps.end(), coordinate,
                       [this](std::int64_t s, double value) { return this->coordinate(double(s)) < value; });
  if (after == m_steps.begin())
    return 0;
  if (after == m_steps.end())
    return int(m_steps.size()) - 1;
  const double right = this->coordinate(double(*after)) - coordinate;
  const double left = coordinate - this->coordinate(double(*(after - 1)));
  return int(after - m_steps.begin()) - (left <= right ? 1 : 0);
}

std::optional<std::int64_t> TimeAxis::nearestCheckpoint(double coordinate) const {
  const auto index = nearestIndex(coordinate);
  return index ? std::optional(m_steps[std::size_t(*index)]) : std::nullopt;
}

std::optional<int> TimeAxis::indexOf(std::int64_t step) const {
  const auto after = std::upper_bound(m_steps.begin(), m_steps.end(), step);
  return after == m_steps.begin() ? std::nullopt : std::optional(int(after - m_steps.begin()) - 1);
}

std::vector<TimeAxis::Tick> TimeAxis::ticks(double lower, double upper, double pixels,
                                            const std::function<double(const QString &)> &labelWidth) const {
  if (!(upper > lower) || !(pixels > 0))
    return {};
  const double low = std::max(0.0, step(lower));
  const double high = step(upper);
  const double perPixel = (upper - lower) / pixels;
  const double roomFor = std::max(2.0, pixels / (2.0 * labelWidth(QStringLiteral("000k")) + kLabelGap));

  // Steps worth a label, the most welcome first; then steps worth a mark.
  std::vector<std::int64_t> labelled, marked;
  if (m_kind == TimeAxisKind::Linear) {
    labelled = niceMultiples(low, high, roomFor);
    marked = niceMultiples(low, high, roomFor * 5);
  } else if (m_kind == TimeAxisKind::Index && m_steps.size() > 1) {
    const double last = double(m_steps.size() - 1);
    for (const auto i : niceMultiples(std::max(0.0, lower), std::min(upper, last), roomFor))
      labelled.push_back(m_steps[std::size_t(i)]);
    for (const auto i : niceMultiples(std::max(0.0, lower), std::min(upper, last), roomFor * 5))
      marked.push_back(m_steps[std::size_t(i)]);
  } else {
    auto decades = decadeMultiples(low, high, {1});
    if (lower <= 0.0)
      decades.insert(decades.begin(), 0);
    if (decades.size() >= 3) {
      labelled = decades;
      // Every second or third decade where all of them do not fit, rather than a ragged choice.
      const double room = labelWidth(QStringLiteral("000k")) + kLabelGap;
      const auto stride = std::max<std::int64_t>(1, std::int64_t(std::ceil(room * perPixel)));
      if (stride > 1)
        std::erase_if(labelled,
                      [&](std::int64_t s) { return s > 0 && std::llround(std::log10(s)) % stride; });
      marked = decadeMultiples(low, high, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    } else if (auto fine = decadeMultiples(low, high, {1, 2, 5}); fine.size() + (low == 0.0) >= 3) {
      if (lower <= 0.0)
        fine.insert(fine.begin(), 0);
      labelled = fine;
      marked = decadeMultiples(low, high, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    } else {
      labelled = niceMultiples(low, high, roomFor);
      marked = niceMultiples(low, high, roomFor * 5);
    }
  }

  struct Placed {
    double pixel, halfWidth;
  };
  std::vector<Placed> taken;
  std::vector<Tick> result;
  for (const auto s : labelled) {
    const double c = coordinate(double(s));
    const QString label = formatStep(s);
    const Placed place{(c - lower) / perPixel, 0.5 * labelWidth(label)};
    const bool free = std::none_of(taken.begin(), taken.end(), [&](const Placed &other) {
      return std::abs(other.pixel - place.pixel) < other.halfWidth + place.halfWidth + kLabelGap;
    });
    if (c < lower || c > upper || !free)
      continue;
    taken.push_back(place);
    result.push_back({c, label});
  }
  double previous = -1e300;
  for (const auto s : marked) {
    const double c = coordinate(double(s));
    const bool known = std::any_of(result.begin(), result.end(), [&](const Tick &t) {
      return std::abs(t.coordinate - c) < 0.5 * perPixel;
    });
    if (known || c < lower || c > upper || c - previous < kMinorSpacing * perPixel)
      continue;
    previous = c;
    result.push_back({c, {}});
  }
  std::sort(result.begin(), result.end(),
            [](const Tick &a, const Tick &b) { return a.coordinate < b.coordinate; });
  return result;
}

QString TimeAxis::title() const {
  return m_kind == TimeAxisKind::Index
             ? QCoreApplication::translate("TimeAxis", "Training step (one place per checkpoint)")
             : QCoreApplication::translate("TimeAxis", "Training step");
}

QString formatStep(std::int64_t step) {
  struct Unit {
    std::int64_t size;
    char16_t letter;
  };
  for (const Unit unit : {Unit{1'000'000'000, u'B'}, Unit{1'000'000, u'M'}, Unit{1'000, u'k'}})
    if (std::abs(step) >= unit.size && step % (unit.size / 100) == 0)
      return QString::number(double(step) / double(unit.size), 'g', 15) + QChar(unit.letter);
  QString digits = QString::number(step);
  for (auto i = digits.size() - 3; i > (step < 0 ? 1 : 0); i -= 3)
    digits.insert(i, QLatin1Char(','));
  return digits;
}

} // namespace evolute::widgets

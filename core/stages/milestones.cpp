// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/milestones.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace evolute::core {

namespace {

using Eigen::Index;

double sign(double value) {
  return value < 0 ? -1 : 1;
}

/// q-quantile, linear between order statistics.
double quantile(const std::vector<double> &sorted, double q) {
  const double at = q * double(sorted.size() - 1);
  const auto below = std::size_t(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - double(below)) * (sorted[above] - sorted[below]);
}

struct Interval {
  double median = 0, low = 0, high = 0;
};

Interval intervalOf(std::vector<double> values, double mass) {
  std::sort(values.begin(), values.end());
  return {quantile(values, 0.5), quantile(values, (1 - mass) / 2), quantile(values, (1 + mass) / 2)};
}

class MilestoneSearch {
public:
  MilestoneSearch(const CurvePosterior &posterior, const Eigen::MatrixXd &slopes,
                  const MilestoneSettings &settings)
      : m_posterior(posterior), m_slopes(slopes), m_settings(settings),
        m_leastMovement(settings.leastMovement * posterior.slopeMean.cwiseAbs().maxCoeff()) {}

  std::vector<Milestone> run() {
    // Places where the mean slope is surest, with a candidate between each two of them.
    std::vector<Index> anchors = surestBetween(dips());
    for (;;) {
      std::vector<Found> found;
      for (std::size_t k = 0; k + 1 < anchors.size(); ++k)
        found.push_back(between(anchors[k], anchors[k + 1]));
      const auto worst = std::min_element(found.begin(), found.end(), [](const Found &a, const Found &b) {
        return a.places.size() < b.places.size();
      });
      if (worst == found.end() || probability(*worst) >= m_settings.certainty)
        return milestonesOf(found);
      // The two movements beside it become one; the surer place speaks for it.
      const auto k = std::size_t(worst - found.begin());
      anchors.erase(anchors.begin() +
                    std::ptrdiff_t(sureness(anchors[k]) < sureness(anchors[k + 1]) ? k : k + 1));
    }
  }

private:
  struct Found {
    std::vector<double> places; // one of each draw that has a milestone here
  };

  double probability(const Found &found) const {
    return double(found.places.size()) / double(m_slopes.cols());
  }

  /// Size of the slope that is credible; negative where its sign is in doubt.
  double sureness(Index i) const { return std::abs(m_posterior.slopeMean[i]) - 2 * m_posterior.slopeSd[i]; }

  /// Grid indices after which the mean slope changes sign, or at which its size is least.
  std::vector<Index> dips() const {
    std::vector<Index> at;
    const Eigen::VectorXd &m = m_posterior.slopeMean;
    for (Index i = 1; i + 1 < m.size(); ++i) {
      const double here = std::abs(m[i]);
      const bool crosses = m[i] * m[i + 1] < 0;
      const bool isLeast = here <= std::abs(m[i - 1]) && here < std::abs(m[i + 1]) && m[i - 1] * m[i] > 0;
      if (crosses || isLeast)
        at.push_back(i);
    }
    return at;
  }

  std::vector<Index> surestBetween(const std::vector<Index> &dips) const {
    std::vector<Index> anchors;
    Index begin = 0;
    for (std::size_t k = 0; k <= dips.size(); ++k) {
      const Index end = k < dips.size() ? dips[k] + 1 : m_posterior.slopeMean.size();
      Index best = begin;
      for (Index i = begin; i < end; ++i)
        if (sureness(i) > sureness(best))
          best = i;
      anchors.push_back(best);
      begin = end;
    }
    return anchors;
  }

  Found between(Index left, Index right) const {
    Found found;
    const double signLeft = sign(m_posterior.slopeMean[left]), signRight = sign(m_posterior.slopeMean[right]);
    for (Index d = 0; d < m_slopes.cols(); ++d) {
      const double l = m_slopes(left, d) * signLeft, r = m_slopes(right, d) * signRight;
      if (l > m_leastMovement && r > m_leastMovement)
        if (const auto place = placeIn(m_slopes.col(d), left, right, m_settings.flatness * std::min(l, r)))
          found.places.push_back(*place);
    }
    return found;
  }

  std::optional<double> placeIn(const Eigen::Ref<const Eigen::VectorXd> &slope, Index left, Index right,
                                double nearZero) const {
    const Eigen::VectorXd &x = m_posterior.x;
    std::vector<double> crossings;
    Index flattest = left;
    for (Index i = left; i < right; ++i) {
      if (slope[i] * slope[i + 1] <= 0 && slope[i] != slope[i + 1])
        crossings.push_back(x[i] + (x[i + 1] - x[i]) * slope[i] / (slope[i] - slope[i + 1]));
      if (std::abs(slope[i]) < std::abs(slope[flattest]))
        flattest = i;
    }
    if (!crossings.empty())
      return crossings[crossings.size() / 2];
    if (std::abs(slope[flattest]) <= nearZero)
      return x[flattest];
    return std::nullopt;
  }

  std::vector<Milestone> milestonesOf(const std::vector<Found> &all) const {
    std::vector<Milestone> milestones;
    for (const Found &found : all) {
      const Interval interval = intervalOf(found.places, m_settings.level);
      milestones.push_back({interval.median, interval.low, interval.high, probability(found)});
    }
    return milestones;
  }

  const CurvePosterior &m_posterior;
  const Eigen::MatrixXd &m_slopes;
  const MilestoneSettings &m_settings;
  double m_leastMovement; // unit of a slope
};

} // namespace

std::vector<StageChange> stagesBetween(const GaussianProcess &process, const std::vector<double> &places,
                                       const MilestoneSettings &settings) {
  const Eigen::VectorXd &x = process.points().x;
  Eigen::VectorXd ends(Index(places.size()) + 2);
  ends[0] = x[0];
  for (std::size_t i = 0; i < places.size(); ++i)
    ends[Index(i) + 1] = places[i];
  ends[ends.size() - 1] = x[x.size() - 1];
  const Eigen::MatrixXd values = process.draws(ends, settings.draws, settings.seed).value;
  std::vector<StageChange> stages;
  for (Index k = 0; k + 1 < ends.size(); ++k) {
    const Eigen::VectorXd change = values.row(k + 1) - values.row(k);
    const Interval interval = intervalOf({change.begin(), change.end()}, settings.level);
    const double rises = double((change.array() > 0).count()) / double(change.size());
    const StageType type = rises >= settings.level       ? StageType::A
                           : 1 - rises >= settings.level ? StageType::B
                                                         : StageType::Other;
    stages.push_back({ends[k], ends[k + 1], type, interval.median, interval.low, interval.high, rises});
  }
  return stages;
}

CurveReading readCurve(const CurvePoints &points, const MilestoneSettings &settings) {
  constexpr Index kFewestPoints = 5; // three hyper-parameters and a line leave nothing to judge by
  CurveReading reading;
  const Index n = points.x.size();
  if (n == 0)
    return reading;
  if (n < kFewestPoints || points.x[n - 1] <= points.x[0]) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    reading.stages.push_back({points.x[0], points.x[n - 1], StageType::Other, nan, nan, nan, nan});
    return reading;
  }
  const GaussianProcess process = GaussianProcess::fitted(points);
  reading.kernel = process.kernel();
  const auto grid = Eigen::VectorXd::LinSpaced(settings.gridPoints, points.x[0], points.x[n - 1]);
  reading.posterior = process.posterior(grid);
  const CurveDraws draws = process.draws(grid, settings.draws, settings.seed);
  reading.milestones = MilestoneSearch(reading.posterior, draws.slope, settings).run();
  std::vector<double> places;
  for (const Milestone &milestone : reading.milestones)
    places.push_back(milestone.x);
  reading.stages = stagesBetween(process, places, settings);
  return reading;
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "core/llc/calibration.h"

namespace evolute::core {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kPlateau = 0.1;

using Place = std::array<std::size_t, 3>;

/// Cells by place and checkpoint.
class Grid {
public:
  Grid(const CalibrationPlan &plan, const std::vector<CalibrationCell> &cells)
      : m_sizes{plan.stepSizes.size(), plan.localizations.size(), plan.inverseTemperatures.size()} {
    for (const CalibrationCell &cell : cells)
      if (cell.burntIn) {
        m_cells[{cell.place(), cell.step}] = &cell.estimate;
        m_chainSteps[cell.place()] = double(cell.steps);
      }
    const std::vector<std::size_t> left = stepsWithoutMinimum(plan, cells);
    for (std::size_t step = 0; step < plan.steps.size(); ++step)
      if (std::find(left.begin(), left.end(), step) == left.end())
        m_steps.push_back(step);
  }

  const LlcEstimate *healthy(const Place &place, std::size_t step) const {
    const auto found = m_cells.find({place, step});
    return found != m_cells.end() && found->second->verdict.healthy() && std::isfinite(found->second->llc)
               ? found->second
               : nullptr;
  }

  bool healthyEverywhere(const Place &place) const {
    for (const std::size_t step : m_steps)
      if (healthy(place, step) == nullptr)
        return false;
    return !m_steps.empty();
  }

  CalibrationChoice judge(const Place &place) const {
    CalibrationChoice choice{place, true, 0, 0};
    for (const std::size_t step : m_steps) {
      const LlcEstimate &e = *healthy(place, step);
      choice.cost += m_chainSteps.at(place) * std::pow(e.standardError / e.llc, 2) / double(m_steps.size());
      for (std::size_t axis = 0; axis < 3; ++axis)
        if (m_sizes[axis] > 1)
          compare(choice, e, nearest(place, axis, step, e));
    }
    return choice;
  }

  std::vector<Place> places() const {
    std::vector<Place> all;
    for (std::size_t i = 0; i < m_sizes[0]; ++i)
      for (std::size_t j = 0; j < m_sizes[1]; ++j)
        for (std::size_t k = 0; k < m_sizes[2]; ++k)
          all.push_back({i, j, k});
    return all;
  }

private:
  static void compare(CalibrationChoice &choice, const LlcEstimate &e, const LlcEstimate *neighbour) {
    if (neighbour == nullptr) {
      choice.onPlateau = false;
      choice.change = kNaN;
      return;
    }
    const double difference = std::abs(e.llc - neighbour->llc);
    const double noise = 2 * std::hypot(e.standardError, neighbour->standardError);
    if (!(difference <= std::max(noise, kPlateau * std::abs(e.llc))))
      choice.onPlateau = false;
    choice.change = std::isnan(choice.change) ? kNaN : std::max(choice.change, difference / std::abs(e.llc));
  }

  const LlcEstimate *nearest(const Place &place, std::size_t axis, std::size_t step,
                             const LlcEstimate &e) const {
    Place below = place, above = place;
    --below[axis];
    ++above[axis];
    const LlcEstimate *smaller = place[axis] > 0 ? healthy(below, step) : nullptr;
    const LlcEstimate *larger = place[axis] + 1 < m_sizes[axis] ? healthy(above, step) : nullptr;
    if (smaller == nullptr || larger == nullptr || axis == 0)
      return smaller != nullptr ? smaller : larger;
    return std::abs(smaller->llc - e.llc) <= std::abs(larger->llc - e.llc) ? smaller : larger;
  }

  std::array<std::size_t, 3> m_sizes;
  std::vector<std::size_t> m_steps; ///< those that have a say
  std::map<std::pair<Place, std::size_t>, const LlcEstimate *> m_cells; ///< that are burnt in
  std::map<Place, double> m_chainSteps;
};

} // namespace

std::vector<std::size_t> stepsWithoutMinimum(const CalibrationPlan &plan,
                                             const std::vector<CalibrationCell> &cells) {
  const std::size_t places =
      plan.stepSizes.size() * plan.localizations.size() * plan.inverseTemperatures.size();
  std::vector<std::size_t> found;
  for (std::size_t step = 0; step < plan.steps.size(); ++step) {
    std::size_t below = 0, noSample = 0;
    for (const CalibrationCell &cell : cells) {
      const std::string &code = cell.estimate.verdict.code;
      below += cell.step == step && code == "below-start" ? 1 : 0;
      noSample += cell.step == step && (code == "diverged" || code == "step-too-big") ? 1 : 0;
    }
    if (below > 0 && below + noSample == places)
      found.push_back(step);
  }
  return found;
}

std::vector<CalibrationChoice> rankChoices(const CalibrationPlan &plan,
                                           const std::vector<CalibrationCell> &cells) {
  const Grid grid(plan, cells);
  std::vector<CalibrationChoice> choices;
  for (const Place &place : grid.places())
    if (grid.healthyEverywhere(place))
      choices.push_back(grid.judge(place));
  const auto rank = [](const CalibrationChoice &c) {
    const double change = std::isnan(c.change) ? std::numeric_limits<double>::infinity() : c.change;
    return std::make_tuple(!c.onPlateau, c.onPlateau ? c.cost : change, c.place);
  };
  std::sort(choices.begin(), choices.end(),
            [&](const CalibrationChoice &a, const CalibrationChoice &b) { return rank(a) < rank(b); });
  return choices;
}

} // namespace evolute::core

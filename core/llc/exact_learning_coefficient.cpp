// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/exact_learning_coefficient.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "core/error.h"

namespace evolute::core {

namespace {

/// The excess widths that decide: Sigma in Aoyagi 2024, with l = count - 1.
struct DecidingWidths {
  std::int64_t count = 0, sum = 0;
  std::int64_t pairProducts = 0; // sum over i < j
};

/// Sigma is a prefix of the sorted excess widths with
///   max(Sigma) < min(rest),  sum(Sigma) >= l max(Sigma),  sum(Sigma) < l min(rest).
/// The second holds for any two, and for one more wherever the third fails; where second and third hold the
/// next width is larger, which is the first. So the shortest prefix with the third is it, or else all.
DecidingWidths decidingWidths(std::vector<std::int64_t> excess) {
  std::sort(excess.begin(), excess.end());
  DecidingWidths sigma;
  for (const std::int64_t width : excess) {
    if (sigma.count >= 2 && sigma.sum < (sigma.count - 1) * width)
      break;
    sigma.pairProducts += width * sigma.sum;
    sigma.sum += width;
    ++sigma.count;
  }
  return sigma;
}

} // namespace

ExactCoefficient deepLinearCoefficient(const std::vector<std::int64_t> &widths, std::int64_t rank) {
  if (widths.size() < 3)
    throw Error("deep linear network: expected at least three layer widths (two layers), found " +
                std::to_string(widths.size()));
  const std::int64_t narrowest = *std::min_element(widths.begin(), widths.end());
  if (narrowest < 1)
    throw Error("deep linear network: expected widths of 1 or more, found " + std::to_string(narrowest));
  if (rank < 0 || rank > narrowest)
    throw Error("deep linear network: expected a true rank from 0 to " + std::to_string(narrowest) +
                ", found " + std::to_string(rank));

  std::vector<std::int64_t> excess;
  for (const std::int64_t width : widths)
    excess.push_back(width - rank);
  const DecidingWidths sigma = decidingWidths(std::move(excess));
  const std::int64_t l = sigma.count - 1, s = sigma.sum;
  const std::int64_t ceiling = (s + l - 1) / l;
  const std::int64_t a = s - (ceiling - 1) * l;
  // lambda = (r (H_0 + H_L) - r^2) / 2 + a (l - a) / (4 l) - (l (l - 1) / 4) (s / l)^2 + pairs / 2, times 4
  // l:
  const std::int64_t numerator = 2 * l * rank * (widths.front() + widths.back() - rank) + a * (l - a) -
                                 (l - 1) * s * s + 2 * l * sigma.pairProducts;
  const std::int64_t common = std::gcd(numerator, 4 * l);
  return {numerator / common, 4 * l / common, int(a * (l - a) + 1)};
}

ExactCoefficient normalCrossingCoefficient(const std::vector<int> &halfPowers) {
  int steepest = 0;
  for (const int power : halfPowers) {
    if (power < 0)
      throw Error("normal crossing: expected powers k of 0 or more, found " + std::to_string(power));
    steepest = std::max(steepest, power);
  }
  if (steepest == 0)
    throw Error("normal crossing: expected at least one power k above 0, found none");
  return {1, 2 * std::int64_t(steepest), int(std::count(halfPowers.begin(), halfPowers.end(), steepest))};
}

double quadraticBowl(const std::vector<double> &curvatures, double inverseTemperature, double gamma,
                     double stepSize) {
  double llc = 0;
  for (const double curvature : curvatures) {
    const double precision = inverseTemperature * curvature + gamma;
    if (stepSize * precision >= 4.0)
      return std::numeric_limits<double>::quiet_NaN();
    llc += inverseTemperature * curvature / (2.0 * precision * (1.0 - 0.25 * stepSize * precision));
  }
  return llc;
}

} // namespace evolute::core

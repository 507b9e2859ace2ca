// SPDX-License-Identifier: GPL-3.0-or-later
// How well milestones are found on curves whose milestones are known, over seeds and levels of noise.
//   stage_accuracy [SEEDS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "core/parallel.h"
#include "core/stages/milestones.h"
#include "tests/support/stage_curves.h"

namespace {

using namespace evolute;
using namespace evolute::stage_curves;

struct Outcome {
  int found = 0, extra = 0, covered = 0;
  double error = 0, width = 0; // sums over those found, in x
};

/// A milestone that was found belongs to the nearest true one, each true one to one found at most.
Outcome compare(const core::CurveReading &reading, const std::vector<double> &truth) {
  Outcome outcome;
  std::vector<bool> taken(truth.size(), false);
  for (const core::Milestone &m : reading.milestones) {
    std::size_t nearest = truth.size();
    for (std::size_t i = 0; i < truth.size(); ++i)
      if (!taken[i] && (nearest == truth.size() || std::abs(truth[i] - m.x) < std::abs(truth[nearest] - m.x)))
        nearest = i;
    if (nearest == truth.size() || std::abs(truth[nearest] - m.x) > 1.5) {
      ++outcome.extra;
      continue;
    }
    taken[nearest] = true;
    ++outcome.found;
    outcome.covered += m.low <= truth[nearest] && truth[nearest] <= m.high;
    outcome.error += std::abs(m.x - truth[nearest]);
    outcome.width += m.high - m.low;
  }
  return outcome;
}

void row(const Shape &shape, int checkpointCount, double noiseShare, int seeds) {
  const core::MilestoneSettings settings;
  const std::vector<double> truth = milestonesOf(shape, settings.flatness);
  const Eigen::VectorXd x = checkpoints(checkpointCount);
  double low = 1e300, high = -1e300;
  for (const double at : x) {
    low = std::min(low, shape.value(at));
    high = std::max(high, shape.value(at));
  }
  const double noise = high > low ? noiseShare * (high - low) : 1;
  std::vector<Outcome> outcomes(static_cast<std::size_t>(seeds));
  core::parallelFor(seeds, 2, [&](std::int64_t seed) {
    const auto points = noisy(shape, x, noise, std::uint64_t(seed));
    outcomes[std::size_t(seed)] = compare(core::readCurve(points, settings), truth);
  });
  Outcome sum;
  int curvesWithExtra = 0;
  for (const Outcome &o : outcomes) {
    sum.found += o.found;
    sum.extra += o.extra;
    sum.covered += o.covered;
    sum.error += o.error;
    sum.width += o.width;
    curvesWithExtra += o.extra > 0;
  }
  const double n = sum.found, possible = double(truth.size()) * seeds;
  std::printf("| %s | %d | %.0f %% | ", shape.name.c_str(), int(x.size()), 100 * noiseShare);
  if (possible > 0)
    std::printf("%.0f %% | ", 100 * n / possible);
  else
    std::printf("- | ");
  if (n > 0)
    std::printf("%.3f | %.2f | %.0f %% | ", sum.error / n, sum.width / n, 100 * sum.covered / n);
  else
    std::printf("- | - | - | ");
  std::printf("%d of %d |\n", curvesWithExtra, seeds);
  std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv) {
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 200;
  std::printf(
      "| curve | points | noise / range | found | error in log(1+t) | interval | holds the truth | curves "
      "with one too many |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  row(line(), 100, 0.03, seeds);
  row(line(), 100, 0.3, seeds);
  row(nothing(), 100, 1, seeds);
  row(nothing(), 25, 1, seeds);
  for (const double noise : {0.01, 0.03, 0.1})
    for (const Shape &shape : {plateau(), turn(), fourStages()})
      row(shape, 100, noise, seeds);
  row(plateau(), 25, 0.03, seeds);
  return 0;
}

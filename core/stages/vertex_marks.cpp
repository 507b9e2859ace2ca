// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/vertex_marks.h"

#include <algorithm>
#include <cmath>

#include "core/trajectory/trajectory_geometry.h"

namespace evolute::core {

namespace {

constexpr double kSmoothing = 0.02; // of the checkpoints: what `evolute-cli ed` takes
constexpr std::size_t kFewest = 8;  // points, for the roughness of the walks

bool isSmaller(double a, double b) { // NaN last
  return !std::isnan(a) && (std::isnan(b) || a < b);
}

} // namespace

std::vector<VertexMark> vertexMarks(const Trajectory &trajectory, int walks, std::uint64_t seed,
                                    const Observer &observe) {
  if (trajectory.steps.size() < kFewest || trajectory.points.cols() < 2)
    return {};
  GeometrySettings settings;
  settings.smoothing.sigma = kSmoothing * double(trajectory.steps.size());
  settings.components = int(std::min<Eigen::Index>(3, trajectory.points.cols()));
  settings.walks = walks;
  settings.seed = seed;
  const TrajectoryGeometry geometry = computeGeometry(trajectory, settings, observe);

  std::vector<VertexMark> all;
  const auto stepOf = [&](Eigen::Index i) { return trajectory.steps[std::size_t(i)]; };
  for (const PlaneGeometry &plane : geometry.planes)
    for (const Vertex &v : plane.vertices)
      all.push_back({stepOf(v.index), stepOf(v.first), stepOf(v.last), v.rank});
  std::stable_sort(all.begin(), all.end(),
                   [](const VertexMark &a, const VertexMark &b) { return isSmaller(a.rank, b.rank); });
  std::vector<VertexMark> kept;
  for (const VertexMark &mark : all)
    if (std::none_of(kept.begin(), kept.end(), [&mark](const VertexMark &other) {
          return other.low <= mark.step && mark.step <= other.high;
        }))
      kept.push_back(mark);
  std::sort(kept.begin(), kept.end(),
            [](const VertexMark &a, const VertexMark &b) { return a.step < b.step; });
  return kept;
}

} // namespace evolute::core

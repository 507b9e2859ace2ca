// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/vertices.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::Vector2d;
using Eigen::VectorXd;

constexpr double kContact = 0.05;     // share of the radius
constexpr double kStandardErrors = 5; // two curvatures 5 apart differ by 3.5 of their difference's own
constexpr double kCuspTurn = 2 * std::numbers::pi / 3; // a cusp turns by pi; smoothing and sampling take some
constexpr double kCuspSpeed = 0.5;                     // of the speed before and after it
constexpr double kNoiseExtent = 4;                     // standard deviations of a smoothed point
constexpr double kEndWidths = 3;
constexpr Index kCuspWidths = 5; // as far as a smoother mixes a cusp into its surroundings, bending them

struct Path {
  const PlanePoints &points;
  const Smoother &smoother;
  const VectorXd &noise;
  std::vector<OsculatingCircle> circles = osculatingCircles(points);
  double roundingVariance =
      std::pow(4 * std::numeric_limits<double>::epsilon() * points.cwiseAbs().maxCoeff(), 2);

  Index count() const { return points.rows(); }
  Vector2d at(Index i) const { return points.row(i); }
  double speed(Index i) const { return 0.5 * (at(i + 1) - at(i - 1)).norm(); }
  double curvature(Index i) const { return circles[std::size_t(i)].curvature; }
  Index endZone(Index i) const { return Index(std::ceil(kEndWidths * double(smoother.reach(i)))); }
  bool isInside(Index i) const { return i >= endZone(i) && i < count() - endZone(i); }
};

/// Of the curvature at i: second differences of the points over the speed squared.
double curvatureError(const Path &path, Index i) {
  const double second = path.noise(i) * path.smoother.secondDifferenceGain(i) + 6 * path.roundingVariance;
  const double speed = path.speed(i);
  // A Gaussian cut off by an end bends the path: its first moment m(z), z widths from the end, has
  // m'' = (z^2 - 1) phi(z) to leading order.
  const double z = double(std::min(i, path.count() - 1 - i)) / double(path.smoother.reach(i));
  const double end = (1 + z * z) * std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
  return std::sqrt(second) / (speed * speed) + end * std::abs(path.curvature(i));
}

/// Signed angle at each point between the ways in and out; 0 at the ends.
VectorXd turns(const Path &path) {
  VectorXd result = VectorXd::Zero(path.count());
  for (Index i = 1; i + 1 < path.count(); ++i) {
    const Vector2d in = path.at(i) - path.at(i - 1), out = path.at(i + 1) - path.at(i);
    result(i) = std::atan2(in.x() * out.y() - in.y() * out.x(), in.dot(out));
  }
  return result;
}

/// False for what is no larger than the wobble of a smoothed point.
bool standsOutOfNoise(const Path &path, const Vertex &vertex) {
  const double deviation =
      std::sqrt(path.noise(vertex.index) * path.smoother.noiseGain(vertex.index) + path.roundingVariance);
  const double extent = std::max((path.at(vertex.first) - path.at(vertex.index)).norm(),
                                 (path.at(vertex.last) - path.at(vertex.index)).norm());
  return extent > kNoiseExtent * deviation;
}

std::vector<Vertex> findCusps(const Path &path) {
  std::vector<Vertex> found;
  const VectorXd turn = turns(path);
  VectorXd sums = VectorXd::Zero(path.count() + 1);
  for (Index i = 0; i < path.count(); ++i)
    sums(i + 1) = sums(i) + turn(i);
  for (Index i = 1; i + 1 < path.count(); ++i) {
    const Index reach = path.smoother.reach(i);
    if (!path.isInside(i) || i < 2 * reach + 1 || i + 2 * reach + 1 >= path.count())
      continue;
    Vertex cusp;
    cusp.kind = VertexKind::Cusp;
    cusp.index = i;
    cusp.first = i - reach;
    cusp.last = i + reach;
    cusp.contactAngle = std::abs(sums(cusp.last + 1) - sums(cusp.first));
    cusp.circle = path.circles[std::size_t(i)];
    cusp.prominence = std::numeric_limits<double>::infinity();
    const double around = std::min(path.speed(i - 2 * reach), path.speed(i + 2 * reach));
    if (cusp.contactAngle < kCuspTurn || path.speed(i) > kCuspSpeed * around || !standsOutOfNoise(path, cusp))
      continue;
    // Neighbours see the same cusp: it is where the path is slowest.
    if (!found.empty() && i - found.back().index <= 2 * reach) {
      if (path.speed(i) < path.speed(found.back().index))
        found.back() = cusp;
    } else {
      found.push_back(cusp);
    }
  }
  return found;
}

struct Extreme {
  Index index;
  bool isMaximum;
};

/// Alternating maxima and minima of the curvature, between each of which and both its neighbours it changes
/// by more than the errors of the two. The ends do not count: nothing is known of what is beyond them.
std::vector<Extreme> curvatureExtremes(const Path &path, const VectorXd &error) {
  std::vector<Extreme> found;
  enum class Seeking { Either, Maximum, Minimum } seeking = Seeking::Either;
  const auto atLeast = [&](Index i) { return path.curvature(i) - kStandardErrors * error(i); };
  const auto atMost = [&](Index i) { return path.curvature(i) + kStandardErrors * error(i); };
  Index highest = -1, lowest = -1; // surely, since the last extreme
  for (Index i = 1; i + 1 < path.count(); ++i) {
    if (!path.isInside(i) || !std::isfinite(path.curvature(i)) || !std::isfinite(error(i)))
      continue;
    if (highest < 0)
      highest = lowest = i;
    if (atLeast(i) > atLeast(highest))
      highest = i;
    if (atMost(i) < atMost(lowest))
      lowest = i;
    if (seeking != Seeking::Minimum && atMost(i) < atLeast(highest)) {
      if (seeking == Seeking::Maximum)
        found.push_back({highest, true});
      lowest = i;
      seeking = Seeking::Minimum;
    } else if (seeking != Seeking::Maximum && atLeast(i) > atMost(lowest)) {
      if (seeking == Seeking::Minimum)
        found.push_back({lowest, false});
      highest = i;
      seeking = Seeking::Maximum;
    }
  }
  return found;
}

void measureContact(const Path &path, Vertex &vertex) {
  const Vector2d centre = vertex.circle.centre;
  const double radius = vertex.circle.radius;
  const auto touches = [&](Index i) {
    return std::abs((path.at(i) - centre).norm() - radius) <= kContact * radius;
  };
  vertex.first = vertex.last = vertex.index;
  while (vertex.first > 0 && touches(vertex.first - 1))
    --vertex.first;
  while (vertex.last + 1 < path.count() && touches(vertex.last + 1))
    ++vertex.last;
  double angle = 0;
  for (Index i = vertex.first; i < vertex.last; ++i) {
    const Vector2d a = path.at(i) - centre, b = path.at(i + 1) - centre;
    angle += std::atan2(a.x() * b.y() - a.y() * b.x(), a.dot(b));
  }
  vertex.contactAngle = std::abs(angle);
}

/// Least change of curvature to the neighbouring extremes, beyond the first and last of which the path's own
/// farthest curvature stands in.
double prominenceOf(const Path &path, const std::vector<Extreme> &extremes, std::size_t number,
                    const VectorXd &error) {
  const Index own = extremes[number].index;
  const auto difference = [&](Index i) {
    return std::abs(path.curvature(i) - path.curvature(own)) / (error(i) + error(own));
  };
  const auto farthest = [&](Index from, Index to) {
    double most = 0;
    for (Index i = from; i < to; ++i)
      if (path.isInside(i) && std::isfinite(path.curvature(i)) && std::isfinite(error(i)))
        most = std::max(most, difference(i));
    return most;
  };
  const double before = number > 0 ? difference(extremes[number - 1].index) : farthest(1, own);
  const double after = number + 1 < extremes.size() ? difference(extremes[number + 1].index)
                                                    : farthest(own + 1, path.count() - 1);
  return 2 * std::min(before, after);
}

} // namespace

std::string nameOf(VertexKind kind) {
  switch (kind) {
  case VertexKind::Wide:
    return "wide";
  case VertexKind::Cusp:
    return "cusp";
  case VertexKind::Tight:
    break;
  }
  return "tight";
}

std::vector<Vertex> findVertices(const PlanePoints &smoothed, const Smoother &smoother,
                                 const VectorXd &noise) {
  if (smoothed.rows() < 5)
    return {};
  const Path path{smoothed, smoother, noise};
  std::vector<Vertex> found = findCusps(path);
  const std::size_t cusps = found.size();
  VectorXd error = VectorXd::Zero(path.count());
  for (Index i = 1; i + 1 < path.count(); ++i)
    error(i) = curvatureError(path, i);
  const auto extremes = curvatureExtremes(path, error);
  for (std::size_t e = 0; e < extremes.size(); ++e) {
    Vertex vertex;
    vertex.index = extremes[e].index;
    const bool nearCusp =
        std::any_of(found.begin(), found.begin() + std::ptrdiff_t(cusps), [&](const Vertex &cusp) {
          return std::abs(cusp.index - vertex.index) <= kCuspWidths * smoother.reach(cusp.index);
        });
    if (nearCusp)
      continue;
    vertex.circle = path.circles[std::size_t(vertex.index)];
    vertex.kind =
        (vertex.circle.curvature > 0) == extremes[e].isMaximum ? VertexKind::Tight : VertexKind::Wide;
    vertex.prominence = prominenceOf(path, extremes, e, error);
    measureContact(path, vertex);
    if (standsOutOfNoise(path, vertex))
      found.push_back(vertex);
  }
  std::sort(found.begin(), found.end(), [](const Vertex &a, const Vertex &b) { return a.index < b.index; });
  return found;
}

} // namespace evolute::core

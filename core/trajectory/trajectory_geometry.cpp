// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/trajectory_geometry.h"

#include <algorithm>

#include "core/error.h"
#include "core/trajectory/path_roughness.h"
#include "core/trajectory/principal_axes.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr Index kFewestPoints = 5;
constexpr Index kFewestForWalks = 8;
constexpr Index kWalkDimensions = 10;

struct Shape {
  MatrixXd points;           // smoothed, all components
  Eigen::VectorXd variances; // after smoothing before the PCA; else empty
  std::vector<PlaneGeometry> planes;
  std::vector<Form> forms;
};

Shape shapeOf(const MatrixXd &points, const std::vector<std::int64_t> &steps,
              const GeometrySettings &settings) {
  Shape shape;
  const Smoother smoother(settings.smoothing, steps, points);
  shape.points = smoother.apply(points);
  if (settings.smoothing.beforePca) {
    PrincipalPoints turned = turnedToPrincipalAxes(shape.points);
    shape.points = std::move(turned.points);
    shape.variances = std::move(turned.variances);
  }
  const Index components = std::min<Index>(settings.components, points.cols());
  if (points.rows() < kFewestPoints || components < 2)
    return shape;
  // White noise is the same in all directions: a turn of the axes leaves it.
  const Eigen::VectorXd noise = noiseVariance(points.leftCols(components));
  for (Index a = 0; a < components; ++a)
    for (Index b = a + 1; b < components; ++b) {
      PlaneGeometry plane;
      plane.firstComponent = int(a);
      plane.secondComponent = int(b);
      plane.points.resize(points.rows(), 2);
      plane.points << shape.points.col(a), shape.points.col(b);
      plane.circles = osculatingCircles(plane.points);
      plane.vertices = findVertices(plane.points, smoother, noise);
      shape.planes.push_back(std::move(plane));
    }
  if (components > 2) // in a single plane every vertex would be one
    shape.forms = findForms(shape.planes, shape.points.leftCols(components), smoother);
  return shape;
}

template <typename Found> double largestContact(const std::vector<Found> &found) {
  double largest = 0;
  for (const Found &one : found)
    largest = std::max(largest, one.contactAngle);
  return largest;
}

/// Counts walks whose best beats each of `found`; divided by finish().
template <typename Found> void count(std::vector<Found> &found, double best) {
  for (Found &one : found)
    one.rank += best >= one.contactAngle ? 1 : 0;
}
template <typename Found> void begin(std::vector<Found> &found) {
  for (Found &one : found)
    one.rank = 1;
}
template <typename Found> void finish(std::vector<Found> &found, int walks) {
  for (Found &one : found)
    one.rank = walks > 0 ? one.rank / (1 + walks) : std::numeric_limits<double>::quiet_NaN();
}

void compareWithWalks(TrajectoryGeometry &geometry, const Trajectory &trajectory, const Observer &observe) {
  const Index dims = std::min(kWalkDimensions, trajectory.points.cols());
  const PathRoughness roughness = measureRoughness(trajectory.points.leftCols(dims));
  const double moved = roughness.speedVariance.sum();
  const double wobbled = 2 * double(dims) * roughness.noise.head(roughness.noise.size() - 1).sum();
  geometry.walkCorrelation = roughness.correlation;
  geometry.walkNoiseShare = moved + wobbled > 0 ? wobbled / (moved + wobbled) : 0;
  for (PlaneGeometry &plane : geometry.planes)
    begin(plane.vertices);
  begin(geometry.forms);
  const GeometrySettings &settings = geometry.settings;
  for (int number = 0; number < settings.walks; ++number) {
    const MatrixXd walk = smoothRandomWalk(roughness, dims, settings.seed, std::uint64_t(number));
    const Shape shape = shapeOf(turnedToPrincipalAxes(walk).points, trajectory.steps, settings);
    for (std::size_t p = 0; p < geometry.planes.size(); ++p)
      count(geometry.planes[p].vertices, largestContact(shape.planes[p].vertices));
    count(geometry.forms, largestContact(shape.forms));
    geometry.walks = number + 1;
    if (observe && observe({number + 1, settings.walks, "random walks"}) == Flow::Stop)
      break;
  }
  for (PlaneGeometry &plane : geometry.planes)
    finish(plane.vertices, geometry.walks);
  finish(geometry.forms, geometry.walks);
}

} // namespace

std::vector<std::string> GeometrySettings::problems() const {
  std::vector<std::string> list = smoothing.problems();
  if (components < 2)
    list.push_back("components of the planes: expected 2 or more, found " + std::to_string(components));
  if (walks < 0)
    list.push_back("random walks: expected 0 or more, found " + std::to_string(walks));
  return list;
}

const PlaneGeometry *TrajectoryGeometry::plane(int first, int second) const {
  for (const PlaneGeometry &plane : planes)
    if (plane.firstComponent == first && plane.secondComponent == second)
      return &plane;
  return nullptr;
}

TrajectoryGeometry computeGeometry(const Trajectory &trajectory, const GeometrySettings &settings,
                                   const Observer &observe) {
  if (const auto problems = settings.problems(); !problems.empty())
    throw Error(problems.front());
  TrajectoryGeometry geometry;
  geometry.settings = settings;
  geometry.path = trajectory;
  if (trajectory.steps.empty())
    return geometry;
  Shape shape = shapeOf(trajectory.points, trajectory.steps, settings);
  geometry.path.points = std::move(shape.points);
  if (shape.variances.size() > 0 && shape.variances.sum() > 0)
    geometry.path.explained = shape.variances / shape.variances.sum();
  geometry.planes = std::move(shape.planes);
  geometry.forms = std::move(shape.forms);
  if (settings.walks > 0 && !geometry.planes.empty() && trajectory.points.rows() >= kFewestForWalks)
    compareWithWalks(geometry, trajectory, observe);
  return geometry;
}

} // namespace evolute::core

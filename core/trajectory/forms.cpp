// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/forms.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr double kMostDisagreement = 0.5; // mean radii

std::optional<Index> nearestVertex(const PlaneGeometry &plane, Index index, Index within) {
  std::optional<Index> best;
  for (Index v = 0; v < Index(plane.vertices.size()); ++v) {
    const Index distance = std::abs(plane.vertices[std::size_t(v)].index - index);
    if (distance <= within) {
      best = v;
      within = distance - 1; // only a nearer one after this
    }
  }
  return best;
}

struct Coordinate {
  double sum = 0, least = std::numeric_limits<double>::infinity(), most = -least;
  int planes = 0;
  void add(double value) {
    sum += value;
    least = std::min(least, value);
    most = std::max(most, value);
    ++planes;
  }
};

/// Centres of circles say where it is; a cusp is a place of the path itself and says nothing more.
void place(Form &form, const std::vector<PlaneGeometry> &planes, const Eigen::MatrixXd &points) {
  std::vector<Coordinate> coordinates(std::size_t(points.cols()));
  double radii = 0;
  int circles = 0;
  for (std::size_t p = 0; p < planes.size(); ++p) {
    const Vertex &vertex = planes[p].vertices[std::size_t(form.vertexInPlane[p])];
    if (vertex.kind == VertexKind::Cusp)
      continue;
    coordinates[std::size_t(planes[p].firstComponent)].add(vertex.circle.centre.x());
    coordinates[std::size_t(planes[p].secondComponent)].add(vertex.circle.centre.y());
    radii += vertex.circle.radius;
    ++circles;
  }
  form.place = points.row(form.index);
  for (Index k = 0; k < points.cols(); ++k)
    if (const Coordinate &c = coordinates[std::size_t(k)]; c.planes > 0) {
      form.place(k) = c.sum / c.planes;
      form.disagreement = std::max(form.disagreement, (c.most - c.least) / (radii / circles));
    }
}

} // namespace

std::vector<Form> findForms(const std::vector<PlaneGeometry> &planes, const Eigen::MatrixXd &points,
                            const Smoother &smoother) {
  std::vector<Form> forms;
  if (planes.empty())
    return forms;
  for (const Vertex &start : planes.front().vertices) {
    Form form;
    form.first = start.first;
    form.last = start.last;
    form.contactAngle = start.contactAngle;
    std::vector<Index> times;
    for (const PlaneGeometry &plane : planes) {
      const auto found = nearestVertex(plane, start.index, 2 * smoother.reach(start.index));
      if (!found)
        break;
      const Vertex &vertex = plane.vertices[std::size_t(*found)];
      form.vertexInPlane.push_back(*found);
      form.first = std::min(form.first, vertex.first);
      form.last = std::max(form.last, vertex.last);
      form.contactAngle = std::min(form.contactAngle, vertex.contactAngle);
      times.push_back(vertex.index);
    }
    if (times.size() < planes.size())
      continue;
    std::sort(times.begin(), times.end());
    form.index = times[times.size() / 2];
    place(form, planes, points);
    if (form.disagreement <= kMostDisagreement)
      forms.push_back(form);
  }
  return forms;
}

VectorXd formPotential(const Eigen::MatrixXd &points, const VectorXd &place) {
  if (points.cols() != place.size())
    throw Error("form potential: expected " + std::to_string(points.cols()) + " coordinates, found " +
                std::to_string(place.size()));
  const VectorXd squares = (points.rowwise() - place.transpose()).rowwise().squaredNorm();
  if (squares.size() == 0)
    return squares;
  const Smoother smoother({SmoothingWidth::Constant, 1},
                          std::vector<std::int64_t>(std::size_t(squares.size())), {});
  const VectorXd smooth = smoother.apply(squares);
  return smooth.array() - smooth.minCoeff();
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/gaussian_process.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <span>

#include <Eigen/Cholesky>
#include <LBFGSB.h>
#include <unsupported/Eigen/AutoDiff>

#include "core/sampling/philox.h"
#include "core/stages/matern_filter.h"

namespace evolute::core {

namespace {

using matern::Covariance;
using matern::kStates;
using matern::Node;
using matern::State;

/// Units in which x and y are of size 1, so that bounds and priors hold for every curve.
struct Units {
  double xMiddle = 0, xRange = 1, yMiddle = 0, ySize = 1;

  explicit Units(const CurvePoints &points) {
    assert(points.x.size() >= 2 && points.x.size() == points.y.size());
    assert(points.error.size() == 0 || points.error.size() == points.x.size());
    const double first = points.x[0], last = points.x[points.x.size() - 1];
    xMiddle = 0.5 * (first + last);
    if (last > first)
      xRange = last - first;
    yMiddle = points.y.mean();
    const double sd = std::sqrt((points.y.array() - yMiddle).square().mean());
    if (sd > 1e-12 * points.y.cwiseAbs().maxCoeff()) // else a constant, up to rounding
      ySize = sd;
  }
  double x(double value) const { return (value - xMiddle) / xRange; }
  double slopeSize() const { return ySize / xRange; }
};

std::vector<Node> nodesOf(const CurvePoints &points, const Units &units) {
  std::vector<Node> nodes(std::size_t(points.x.size()));
  for (Eigen::Index i = 0; i < points.x.size(); ++i) {
    const double error = points.error.size() > 0 ? points.error[i] / units.ySize : 0;
    nodes[std::size_t(i)] = {units.x(points.x[i]), true, (points.y[i] - units.yMiddle) / units.ySize,
                             error * error};
    assert(i == 0 || points.x[i] >= points.x[i - 1]);
  }
  return nodes;
}

struct NoRecord {
  template <class... Values> void operator()(const Values &...) const {}
};

/// Of the curve in units of size 1. theta = log (amplitude, lengthScale, noise).
double logLikelihood(const std::vector<Node> &nodes, const Eigen::Vector3d &theta,
                     Eigen::Vector3d *gradient) {
  const Eigen::Vector3d h = theta.array().exp();
  if (gradient == nullptr)
    return matern::filter<double>(nodes, {h[0], h[1], h[2]}, NoRecord{});
  using Differentiable = Eigen::AutoDiffScalar<Eigen::Vector3d>;
  const auto variable = [&h](int i) { return Differentiable(h[i], h[i] * Eigen::Vector3d::Unit(i)); };
  const auto value =
      matern::filter<Differentiable>(nodes, {variable(0), variable(1), variable(2)}, NoRecord{});
  *gradient = value.derivatives();
  return value.value();
}

/// Where a curve is asked for, among its points, ascending.
struct Places {
  std::vector<Node> nodes;
  std::vector<std::size_t> ofGrid; ///< node of each grid point
};

Places placesOf(const CurvePoints &points, const Eigen::VectorXd &grid, const Units &units) {
  const std::vector<Node> observed = nodesOf(points, units);
  Places places;
  std::size_t next = 0;
  for (Eigen::Index i = 0; i < grid.size(); ++i) {
    assert(i == 0 || grid[i] >= grid[i - 1]);
    const double x = units.x(grid[i]);
    while (next < observed.size() && observed[next].x <= x)
      places.nodes.push_back(observed[next++]);
    places.ofGrid.push_back(places.nodes.size());
    places.nodes.push_back({x, false, 0, 0});
  }
  places.nodes.insert(places.nodes.end(), observed.begin() + std::ptrdiff_t(next), observed.end());
  return places;
}

/// One step of the filter as the way back needs it.
struct Step {
  Covariance<double> a, q; ///< from the node before
  State<double> predictedMean, mean;
  Covariance<double> predictedCov, cov;
};

std::vector<Step> filtered(const std::vector<Node> &nodes, const CurveKernel &kernel, const Units &units) {
  std::vector<Step> steps(nodes.size());
  matern::filter<double>(
      nodes, {kernel.amplitude / units.ySize, kernel.lengthScale / units.xRange, kernel.noise / units.ySize},
      [&steps](std::size_t k, const auto &a, const auto &q, const auto &predictedMean,
               const auto &predictedCov, const auto &mean, const auto &cov) {
        Step &step = steps[k];
        step.a.setIdentity();
        step.a.template topLeftCorner<3, 3>() = a;
        step.q.setZero();
        step.q.template topLeftCorner<3, 3>() = q;
        step.predictedMean = predictedMean;
        step.predictedCov = predictedCov;
        step.mean = mean;
        step.cov = cov;
      });
  return steps;
}

/// Gain of the way back from node k+1 to node k: cov_k A' (predicted cov_k+1)^-1
Covariance<double> gainOf(const Step &here, const Step &next) {
  return next.predictedCov.ldlt().solve(next.a * here.cov).transpose();
}

/// A square root of a covariance that may be singular.
Covariance<double> rootOf(const Covariance<double> &cov) {
  const Eigen::LDLT<Covariance<double>> ldlt(cov);
  const State<double> d = ldlt.vectorD().cwiseMax(0).cwiseSqrt();
  Covariance<double> root = Covariance<double>(ldlt.matrixL()) * d.asDiagonal();
  return ldlt.transpositionsP().transpose() * root;
}

/// What a state says at a node, in units of the curve.
struct Reading {
  State<double> value, slope;
  Reading(double x, double lengthScale) {
    value = matern::observationRow(x);
    slope << 0, std::sqrt(5.0) / lengthScale, 0, 0, 1;
  }
};

class Objective {
public:
  explicit Objective(const std::vector<Node> &nodes) : m_nodes(nodes) {}
  double operator()(const Eigen::VectorXd &theta, Eigen::VectorXd &gradient) {
    Eigen::Vector3d g;
    const double value = logLikelihood(m_nodes, theta, &g);
    if (value > bestValue) {
      bestValue = value;
      best = theta;
    }
    gradient = -g;
    return -value;
  }
  double bestValue = -std::numeric_limits<double>::infinity();
  Eigen::Vector3d best;

private:
  const std::vector<Node> &m_nodes;
};

} // namespace

double logMarginalLikelihood(const CurvePoints &points, const CurveKernel &kernel,
                             Eigen::Vector3d *gradient) {
  const Units units(points);
  const Eigen::Vector3d theta(std::log(kernel.amplitude / units.ySize),
                              std::log(kernel.lengthScale / units.xRange),
                              std::log(kernel.noise / units.ySize));
  return logLikelihood(nodesOf(points, units), theta, gradient) -
         double(points.x.size()) * std::log(units.ySize);
}

GaussianProcess::GaussianProcess(CurvePoints points, const CurveKernel &kernel)
    : m_points(std::move(points)), m_kernel(kernel) {}

GaussianProcess GaussianProcess::fitted(CurvePoints points) {
  const Units units(points);
  const std::vector<Node> nodes = nodesOf(points, units);
  const double leastNoise = points.error.size() > 0 ? 1e-4 : 1e-3;
  const Eigen::VectorXd low = Eigen::Vector3d(1e-3, 0.02, leastNoise).array().log();
  const Eigen::VectorXd high = Eigen::Vector3d(10, 10, 3).array().log();
  LBFGSpp::LBFGSBParam<double> settings;
  settings.max_iterations = 60;
  settings.past = 2;
  settings.delta = 1e-9;
  LBFGSpp::LBFGSBSolver<double> solver(settings);
  Objective objective(nodes);
  for (const double lengthScale : {0.05, 0.2, 1.0}) {
    Eigen::VectorXd theta = Eigen::Vector3d(1, lengthScale, 0.2).array().log();
    double value = 0;
    try {
      solver.minimize(objective, theta, value, low, high);
    } catch (const std::exception &) {
      // The line search gives up where rounding hides the descent: the best seen is the answer.
    }
  }
  const Eigen::Vector3d h = objective.best.array().exp();
  return {std::move(points), {h[0] * units.ySize, h[1] * units.xRange, h[2] * units.ySize}};
}

CurvePosterior GaussianProcess::posterior(const Eigen::VectorXd &grid) const {
  const Units units(m_points);
  const Places places = placesOf(m_points, grid, units);
  const std::vector<Step> steps = filtered(places.nodes, m_kernel, units);
  CurvePosterior p;
  p.x = grid;
  p.mean = p.sd = p.slopeMean = p.slopeSd = Eigen::VectorXd(grid.size());
  State<double> mean = steps.back().mean;
  Covariance<double> cov = steps.back().cov;
  Eigen::Index g = grid.size();
  for (std::size_t k = steps.size(); k-- > 0;) {
    if (k + 1 < steps.size()) {
      const Step &next = steps[k + 1];
      const Covariance<double> gain = gainOf(steps[k], next);
      mean = steps[k].mean + gain * (mean - next.predictedMean);
      cov = steps[k].cov + gain * (cov - next.predictedCov) * gain.transpose();
    }
    if (g == 0 || places.ofGrid[std::size_t(g - 1)] != k)
      continue;
    --g;
    const Reading reading(places.nodes[k].x, m_kernel.lengthScale / units.xRange);
    const auto sdOf = [&cov](const State<double> &row) {
      return std::sqrt(std::max(0.0, row.dot(cov * row)));
    };
    p.mean[g] = units.yMiddle + units.ySize * reading.value.dot(mean);
    p.sd[g] = units.ySize * sdOf(reading.value);
    p.slopeMean[g] = units.slopeSize() * reading.slope.dot(mean);
    p.slopeSd[g] = units.slopeSize() * sdOf(reading.slope);
  }
  return p;
}

/// Forward filter, backward draws: a state given its successor is Gaussian with
///   mean m + G (x' - A m),  covariance (1 - G A) P (1 - G A)' + G Q G',
/// a form that stays positive.
CurveDraws GaussianProcess::draws(const Eigen::VectorXd &grid, int count, std::uint64_t seed) const {
  const Units units(m_points);
  const Places places = placesOf(m_points, grid, units);
  const std::vector<Step> steps = filtered(places.nodes, m_kernel, units);
  const RandomStream stream{streamKey(seed, "draws of a Gaussian process")};
  using States = Eigen::Matrix<double, kStates, Eigen::Dynamic>;
  States states(kStates, count), noise(kStates, count);
  CurveDraws draws{Eigen::MatrixXd(grid.size(), count), Eigen::MatrixXd(grid.size(), count)};
  Eigen::Index g = grid.size();
  for (std::size_t k = steps.size(); k-- > 0;) {
    stream.normals(k, std::span(noise.data(), std::size_t(noise.size())));
    const Step &here = steps[k];
    if (k + 1 == steps.size()) {
      states = rootOf(here.cov) * noise;
      states.colwise() += here.mean;
    } else {
      const Step &next = steps[k + 1];
      const Covariance<double> gain = gainOf(here, next);
      const Covariance<double> rest = Covariance<double>::Identity() - gain * next.a;
      const Covariance<double> cov = rest * here.cov * rest.transpose() + gain * next.q * gain.transpose();
      states.colwise() -= next.predictedMean;
      states = (gain * states + rootOf(cov) * noise).eval();
      states.colwise() += here.mean;
    }
    if (g == 0 || places.ofGrid[std::size_t(g - 1)] != k)
      continue;
    --g;
    const Reading reading(places.nodes[k].x, m_kernel.lengthScale / units.xRange);
    draws.value.row(g) =
        ((units.ySize * (reading.value.transpose() * states)).array() + units.yMiddle).matrix();
    draws.slope.row(g) = units.slopeSize() * (reading.slope.transpose() * states);
  }
  return draws;
}

} // namespace evolute::core

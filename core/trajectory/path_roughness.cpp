// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/path_roughness.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/sampling/philox.h"
#include "core/trajectory/smoothing.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kLocalShare = 0.1; // of the path: standard deviation of a local mean
constexpr double kCorrelated = 0.1; // at lag 2: below it increments pass for independent

VectorXd localMean(const VectorXd &values) {
  const double sigma = std::max(3.0, kLocalShare * double(values.size()));
  const Smoother smoother({SmoothingWidth::Constant, sigma},
                          std::vector<std::int64_t>(std::size_t(values.size())), {});
  return smoother.apply(values);
}

} // namespace

VectorXd noiseVariance(const MatrixXd &points) {
  const Index count = points.rows();
  if (count < 5 || points.cols() == 0)
    return VectorXd::Zero(count);
  VectorXd squares(count);
  for (Index i = 2; i + 2 < count; ++i)
    squares(i) = (points.row(i - 2) - 4 * points.row(i - 1) + 6 * points.row(i) - 4 * points.row(i + 1) +
                  points.row(i + 2))
                     .squaredNorm() /
                 (70.0 * double(points.cols()));
  squares.head(2).setConstant(squares(2));
  squares.tail(2).setConstant(squares(count - 3));
  return localMean(squares);
}

PathRoughness measureRoughness(const MatrixXd &points) {
  const Index count = points.rows() - 1;
  MatrixXd increments = points.bottomRows(count) - points.topRows(count);
  const VectorXd squares = localMean(increments.rowwise().squaredNorm());
  for (Index i = 0; i < count; ++i)
    if (squares(i) > 0)
      increments.row(i) /= std::sqrt(squares(i));
  const auto correlationAt = [&](Index lag) {
    const Index pairs = count - lag;
    return increments.topRows(pairs).cwiseProduct(increments.bottomRows(pairs)).sum() / double(pairs);
  };

  PathRoughness result;
  const double atTwo = correlationAt(2);
  double share = 1; // of the increments' variance that is not noise
  if (atTwo < kCorrelated) {
    share = std::clamp(correlationAt(0) + 2 * correlationAt(1), 0.0, 1.0); // noise puts -n into lag 1
  } else {
    Index half = 3;
    while (half < count / 3 && correlationAt(half) > 0.5 * atTwo)
      ++half;
    const double tauSquared = (double(half * half) - 4) / (4 * std::numbers::ln2);
    result.correlation = std::sqrt(tauSquared);
    share = std::clamp(atTwo * std::exp(1 / tauSquared), 0.0, 1.0);
  }
  result.speedVariance = share * squares;
  // Fourth differences bound it from above; on a smooth path they are the sharper of the two.
  const VectorXd noiseAtMost = noiseVariance(points);
  result.noise.resize(points.rows());
  for (Index i = 0; i < points.rows(); ++i)
    result.noise(i) =
        std::min(noiseAtMost(i), 0.5 * (1 - share) * squares(std::min(i, count - 1)) / double(points.cols()));
  return result;
}

MatrixXd smoothRandomWalk(const PathRoughness &roughness, Index dims, std::uint64_t seed,
                          std::uint64_t number) {
  const Index count = roughness.noise.size(), increments = count - 1;
  const auto reach = Index(std::ceil(4 * roughness.correlation));
  VectorXd kernel(2 * reach + 1);
  for (Index k = -reach; k <= reach; ++k)
    kernel(k + reach) =
        reach == 0 ? 1 : std::exp(-0.5 * double(k * k) / (roughness.correlation * roughness.correlation));
  kernel /= kernel.norm(); // the sum of independent numbers keeps unit variance

  const RandomStream stream{streamKey(seed, "smooth-random-walk", {}, {}, number)};
  MatrixXd walk(count, dims);
  std::vector<double> white(std::size_t(increments + 2 * reach)), noise(std::size_t(count), 0.0);
  for (Index k = 0; k < dims; ++k) {
    stream.normals(std::uint64_t(2 * k), white);
    stream.normals(std::uint64_t(2 * k + 1), noise);
    const Eigen::Map<const VectorXd> source(white.data(), Index(white.size()));
    double place = 0;
    for (Index i = 0; i < count; ++i) {
      if (i > 0)
        place += std::sqrt(roughness.speedVariance(i - 1) / double(dims)) *
                 kernel.dot(source.segment(i - 1, kernel.size()));
      walk(i, k) = place + std::sqrt(roughness.noise(i)) * noise[std::size_t(i)];
    }
  }
  return walk;
}

} // namespace evolute::core

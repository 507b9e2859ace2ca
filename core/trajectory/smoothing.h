// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace evolute::core {

/// How wide the Gaussian is at checkpoint i of T.
enum class SmoothingWidth {
  Constant, ///< sigma_i = sigma
  Ramp,     ///< startSigma up to one fifth of rampEnd, then linear to sigma at rampEnd, constant after it
  LogTime   ///< constant in log(1 + step): narrow early where development is fast, wide late
};
std::string nameOf(SmoothingWidth width); ///< "constant", "ramp", "log"

/// A Gaussian whose width follows the place on the path. Widths are in checkpoints: along log time or arc
/// length, in mean distances of neighbours there, so that one slider serves all.
struct SmoothingSettings {
  SmoothingWidth width = SmoothingWidth::Constant;
  double sigma = 0;      ///< >= 0; 0: the path as it is
  double startSigma = 1; ///< Ramp only
  int rampEnd = 0;       ///< Ramp only: index of the checkpoint where sigma is reached; 0: the last
  bool byArcLength =
      false; ///< distances along the path count, not checkpoints: fast stretches keep their detail
  bool beforePca = false; ///< smooth, then turn to the principal axes of what is left

  bool isOn() const { return sigma > 0 || (width == SmoothingWidth::Ramp && startSigma > 0); }
  /// Empty when usable; else one sentence per problem.
  std::vector<std::string> problems() const;
  bool operator==(const SmoothingSettings &) const = default;
};

/// A smoother as the weights that it gives: smoothed_i = sum over j of weights_i(j) * path_(first_i + j).
///   weights_i(j) ~ m_j exp(-(u_i - u_j)^2 / (2 sigma_i^2)), normalised for each i (so at the ends too)
/// with u = i, log(1 + step) or arc length; m_j = 1 for u = i, else half the distance of j's neighbours, so
/// that crowded checkpoints do not pull. Cut off at 5 sigma. Source: formula as used for essential dynamics
/// (Hoogland et al. 2024, arXiv:2402.02364v1). Known bias: a bend of radius R is drawn inwards by about s^2 /
/// (2 R), s = sigma in path length, and the ends are drawn inwards along the path.
class Smoother {
public:
  /// `points` (T x K) give the arc length; read only where settings.byArcLength.
  /// \throws Error when settings.problems() is not empty or sizes differ.
  Smoother(const SmoothingSettings &settings, const std::vector<std::int64_t> &steps,
           const Eigen::MatrixXd &points);

  Eigen::MatrixXd apply(const Eigen::MatrixXd &points) const; ///< O(T K sigma)
  /// Half width at i in checkpoints, rounded up; at least 1: what happens within cannot be told apart.
  Eigen::Index reach(Eigen::Index i) const { return m_reach[std::size_t(i)]; }
  /// Share of white noise's variance that is left at i: sum of weights^2.
  double noiseGain(Eigen::Index i) const;
  /// The same for the second difference at i (0 < i < T - 1).
  double secondDifferenceGain(Eigen::Index i) const;
  Eigen::Index size() const { return Eigen::Index(m_rows.size()); }

private:
  struct Row {
    Eigen::Index first = 0;
    Eigen::VectorXd weights;
  };
  std::vector<Row> m_rows;
  std::vector<Eigen::Index> m_reach;
};

} // namespace evolute::core

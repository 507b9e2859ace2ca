// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/curve.h"

#include <algorithm>
#include <cassert>

namespace evolute::core {

namespace {

struct Piece {
  double x = 0, y = 0, errorSquares = 0, count = 0;
  void add(double atX, double atY, double error) {
    x += atX;
    y += atY;
    errorSquares += error * error;
    ++count;
  }
};

} // namespace

CurvePoints pointsOf(const Curve &curve, std::size_t most) {
  assert(curve.steps.size() == curve.values.size());
  assert(curve.errors.empty() || curve.errors.size() == curve.values.size());
  const auto isUsed = [&curve](std::size_t i) {
    return curve.steps[i] >= 0 && std::isfinite(curve.values[i]);
  };
  double largestError = -1;
  std::size_t used = 0;
  double first = 0, last = 0;
  for (std::size_t i = 0; i < curve.steps.size(); ++i) {
    if (!isUsed(i))
      continue;
    last = logTime(curve.steps[i]);
    if (used++ == 0)
      first = last;
    if (!curve.errors.empty() && std::isfinite(curve.errors[i]))
      largestError = std::max(largestError, curve.errors[i]);
  }
  const bool averages = used > most && last > first;
  std::vector<Piece> pieces;
  std::size_t pieceNow = 0;
  for (std::size_t i = 0; i < curve.steps.size(); ++i) {
    if (!isUsed(i))
      continue;
    const double x = logTime(curve.steps[i]);
    const auto piece = averages ? std::min(most - 1, std::size_t((x - first) / (last - first) * double(most)))
                                : pieces.size();
    if (pieces.empty() || piece != pieceNow)
      pieces.emplace_back();
    pieceNow = piece;
    const bool isKnown = !curve.errors.empty() && std::isfinite(curve.errors[i]);
    pieces.back().add(x, curve.values[i], isKnown ? curve.errors[i] : std::max(largestError, 0.0));
  }
  const auto n = Eigen::Index(pieces.size());
  CurvePoints points{Eigen::VectorXd(n), Eigen::VectorXd(n), Eigen::VectorXd(largestError >= 0 ? n : 0)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const Piece &piece = pieces[std::size_t(i)];
    points.x[i] = piece.x / piece.count;
    points.y[i] = piece.y / piece.count;
    if (largestError >= 0)
      points.error[i] = std::sqrt(piece.errorSquares) / piece.count;
  }
  return points;
}

} // namespace evolute::core

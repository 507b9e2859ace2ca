// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>

#include "widgets/three_d/trajectory3d.h"

namespace evolute::test {

/// One turn of a helix of radius 2 and height 3 in 101 points.
inline widgets::Trajectory3dData helix() {
  widgets::Trajectory3dData data;
  for (int i = 0; i <= 100; ++i) {
    const double t = 2 * M_PI * i / 100;
    data.steps.push_back(10 * i);
    data.points.emplace_back(float(2 * std::cos(t)), float(2 * std::sin(t)), float(3.0 * i / 100));
    data.circles.push_back({0, 0, 2});
  }
  data.circleEvery = 10;
  data.axisLabels[0] = QStringLiteral("PC1 (63.1 %)");
  data.axisLabels[1] = QStringLiteral("PC2 (21.0 %)");
  data.axisLabels[2] = QStringLiteral("PC3 (8.4 %)");
  data.note = QStringLiteral("smoothed");
  return data;
}

} // namespace evolute::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "widgets/plots/plot_data.h"

namespace evolute::widgets {

/// One of several panels over a common time axis.
struct StackedPanel {
  QString valueLabel; ///< markup
  std::vector<CurveSeries> series;
  std::vector<double> levels = {}; ///< dashed: zero under a slope
  double height = 1;               ///< beside the other panels
};

/// One reason to see an edge, on a row of its kind and source.
struct EvidenceMark {
  std::int64_t step = 0, low = 0, high = 0;
  QString note; ///< shown on hover
};

enum class EvidenceSign { Slope, Change, Vertex, Together };

struct EvidenceRow {
  QString label; ///< markup
  EvidenceSign sign = EvidenceSign::Slope;
  std::vector<EvidenceMark> marks;
};

/// A line through all panels, with an interval at its foot.
struct EdgeInterval {
  std::int64_t step = 0, low = 0, high = 0;
};

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_style.h"

class QPainter;
class QPointF;
class QRectF;

namespace evolute::widgets {

// A path whose colours tell the stage, in a plane or in space.

int stageAt(const std::vector<StageBand> &stages, std::int64_t step); ///< the later one at an edge; -1 outside of all
QColor stagePathColor(const std::vector<StageBand> &stages, int stage, bool dark); ///< grey for -1

/// A stroke across the path at each edge and each stage's letter beside its middle: nothing rests on hue alone.
/// `at`: pixel of a point, by index of `steps`.
void paintStagesOnPath(QPainter &painter, const std::vector<std::int64_t> &steps,
                       const std::function<QPointF(std::size_t)> &at, const std::vector<StageBand> &stages,
                       const PlotTheme &theme);

/// The scale of colours: a piece for each stage with its letter, upwards. `progress`: 0..1 from the first step to the
/// last.
void paintStageBar(QPainter &painter, const QRectF &bar, const std::vector<StageBand> &stages,
                   const std::function<double(std::int64_t)> &progress, const PlotTheme &theme);

} // namespace evolute::widgets

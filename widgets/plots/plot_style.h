// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>
#include <QString>

#include "widgets/plots/plot_data.h"

namespace evolute::widgets {

struct FigureSpec;

/// Colours, fonts and lengths of one drawing. `unit` is one screen pixel at 96 dpi in the device's unit: all
/// lengths below are in the device's unit already.
struct PlotTheme {
  QColor background, text, axis, grid, cursor, hover;
  /// Ticks and legend, axis labels, title. Pixel sizes, so that the device's own dpi cannot change them.
  QFont font, labelFont, titleFont;
  double unit = 1.0;
  double lineWidth = 1.5;
  double axisWidth = 1.0;
  double markerSize = 5.0; ///< diameter
  bool dark = false;
  bool forFigure = false; ///< no adaptive shortcuts, no interaction marks
};

/// The window's theme follows its palette: dark where the text is lighter than the background.
PlotTheme screenTheme(const QPalette &palette, const QFont &font);
/// The figure's theme is always light and depends on the figure alone. Lengths in figure units, see
/// kFigureUnitsPerInch in widgets/figure/figure_source.h.
PlotTheme figureTheme(const FigureSpec &spec);
QString figureFontFamily(); ///< the first Times-like family that is installed

/// Colour of series `index` of `count`: Okabe and Ito's palette up to eight, else spread over viridis.
/// Okabe-Ito's black becomes near-white and its yellow is darkened on light backgrounds where it would
/// vanish.
QColor seriesColor(int index, int count, bool dark);
/// viridis, `t` in 0..1 (clamped). Source: matplotlib's colormap (CC0), sampled.
QColor viridis(double t);
/// viridis without the end that would vanish into the background: dark purple on dark, yellow on light.
QColor progressColor(double t, bool dark);
QColor stageColor(StageKind kind, bool dark); ///< pale: fill of a band
/// Full: for lines. `index` counts the stages of one kind, so that neighbours of a kind differ within its
/// hues.
QColor stageLineColor(StageKind kind, int index, bool dark);

/// A number for a read-out or a table: `digits` significant ones, no trailing zeros, "−" for minus on screen.
QString formatNumber(double value, int digits = 4);
/// value ± error, rounded to two digits of the error: "172.4 ± 2.3".
QString formatWithError(double value, double error);
QString formatBytes(std::uint64_t bytes); ///< "1.9 GB"
QString formatDuration(double seconds);   ///< "12:40", "1:02:03", "45 s"; empty for NaN

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSizeF>
#include <QString>

class QCPPainter;

namespace evolute::widgets {

/// Figures are laid out in quarter points: whole pixel-sized fonts then give every size that is used (7.5 pt
/// is 30 units), and all output devices share one layout.
inline constexpr int kFigureUnitsPerInch = 288;
inline constexpr double kFigureUnitsPerPoint = 4.0;

/// How one figure is to look. Defaults: one column of a two-column paper.
struct FigureSpec {
  double widthMm = 82.55; ///< 3.25 in
  double heightMm = 51.15;
  QString fontFamily; ///< empty: the first Times-like family that is installed
  double fontPt = 8;  ///< tick labels and legend
  double titlePt = 10;
  double lineWidthPt = 1.0;
  int dpi = 300; ///< of PNG
  bool transparent = false;
  bool showTitle = false;
  bool showLegend = true;
  bool showCursor = false;
  bool operator==(const FigureSpec &) const = default;

  QSize units() const;     ///< size of the layout, in figure units
  QSize pixels() const;    ///< size of the PNG
  QString problem() const; ///< one sentence when it cannot be drawn, else empty
};

/// Anything that can be drawn on paper and read as a table.
class FigureSource {
public:
  virtual ~FigureSource() = default;
  virtual QString figureTitle() const = 0; ///< plain text, also the proposed file name
  /// Draws in the rectangle (0, 0, units) of a painter whose unit is the figure unit. The state of what is on
  /// the screen (zoom, hidden series) counts, its theme and size do not.
  virtual void paintFigure(QCPPainter &painter, const FigureSpec &spec) const = 0;
  /// A PNG is to be drawn on pixels directly: what is shaded would be lost in a record of lines.
  virtual bool needsPixels() const { return false; }
  virtual QString tableText() const = 0; ///< CSV with a header line, "." as decimal point
};

} // namespace evolute::widgets

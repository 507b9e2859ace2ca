// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <optional>
#include <vector>

#include <QSet>

#include "widgets/plots/curve_items.h"
#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_frame.h"
#include "widgets/plots/stage_bands.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// Everything that decides what a curve plot looks like, apart from its theme and ranges. A value.
struct CurveContent {
  std::vector<CurveSeries> series;
  std::vector<StageBand> stages;
  TimeAxis time;
  QString valueLabel;
  QSet<QString> hidden;
  QString highlighted; ///< id; empty: none
  bool logValues = false;
  std::optional<std::pair<double, double>> fittedValues; ///< what a fit shows; none: what extent() finds

  bool isVisible(const CurveSeries &s) const { return !hidden.contains(s.id); }
  bool isLeftOut(const CurvePoint &point) const; ///< of a fit
  QColor color(std::size_t index, bool dark) const;
  /// Which series have a legend entry, in its order. A faint one with the label of another (raw values behind
  /// smooth ones) stands behind that one's entry.
  std::vector<std::size_t> legendOrder() const;
};

/// Points that a fit leaves out (suspect ones, and those beyond fittedValues) above or below the view, as small hollow
/// triangles at its edge: clipped, not lost.
class OffscaleMarks : public QCPLayerable {
public:
  OffscaleMarks(QCustomPlot *plot, QCPAxisRect *axes);
  struct Mark {
    double key, value; ///< axis coordinates
    QColor color;
  };
  void setContent(const CurveContent &content, const PlotTheme &theme);
  void setMarks(std::vector<Mark> marks, const PlotTheme &theme);

protected:
  void applyDefaultAntialiasingHint(QCPPainter *painter) const override { painter->setAntialiasing(true); }
  QRect clipRect() const override { return m_axes->rect(); }
  void draw(QCPPainter *painter) override;

private:
  QCPAxisRect *m_axes;
  std::vector<Mark> m_marks;
  PlotTheme m_theme;
};

/// Draws CurveContent into a QCustomPlot: the same code for the screen and for figures.
class CurveScene {
public:
  explicit CurveScene(QCustomPlot &plot);
  void build(const CurveContent &content, const PlotTheme &theme);   ///< from scratch; does not replot
  void restyle(const CurveContent &content, const PlotTheme &theme); ///< visibility, colours, widths only
  void placeLegend(const CurveContent &content);                     ///< where it hides least; after a layout
  PlotFrame &frame() { return m_frame; }

  struct Extent {
    QCPRange x, y;
  };
  /// Ranges that show everything visible with a margin. Suspect points count only where they lie near the
  /// trusted ones: one diverged estimate must not flatten the curve.
  static Extent extent(const CurveContent &content);

private:
  void addLegend(const CurveContent &content, const PlotTheme &theme);
  void addStages(const CurveContent &content, const PlotTheme &theme);

  PlotFrame m_frame;
  std::vector<CurveItems> m_items;
  std::vector<MathLegendItem *> m_entries; // a series each; null without entry
  QList<QCPAbstractItem *> m_stageItems;
  StageNames *m_names;
  OffscaleMarks *m_offscale;
};

} // namespace evolute::widgets

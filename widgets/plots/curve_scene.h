// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <optional>
#include <vector>

#include <QSet>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_frame.h"
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

  bool isVisible(const CurveSeries &s) const { return !hidden.contains(s.id); }
  QColor color(std::size_t index, bool dark) const;
};

/// Names of the stages above the axes; one that does not fit over its band is left out.
class StageNames : public QCPLayerable {
public:
  StageNames(QCustomPlot *plot, QCPAxis *x);
  void setContent(const CurveContent &content, const PlotTheme &theme);

protected:
  void applyDefaultAntialiasingHint(QCPPainter *painter) const override { painter->setAntialiasing(true); }
  void draw(QCPPainter *painter) override;

private:
  struct Name {
    double from, to; // axis coordinates
    MathLabel label;
  };
  QCPAxis *m_x;
  std::vector<Name> m_names;
  QFont m_font;
  QColor m_color;
};

/// Suspect points above or below the view, as small hollow triangles at its edge: left out of the fit, not
/// lost.
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
  struct Items {
    QCPGraph *low = nullptr, *high = nullptr; // edges of the band
    QCPGraph *line = nullptr;
    QCPGraph *bars = nullptr; // invisible, carries the error bars
    QCPErrorBars *errors = nullptr;
    QCPGraph *suspects = nullptr;
    MathLegendItem *entry = nullptr;
    bool dots = false; // few enough points to show each
  };
  Items addSeries(const CurveSeries &series, const TimeAxis &time);
  void addLegend(const CurveContent &content, const PlotTheme &theme);
  void addStages(const CurveContent &content, const PlotTheme &theme);

  PlotFrame m_frame;
  std::vector<Items> m_items;
  QList<QCPAbstractItem *> m_stageItems;
  StageNames *m_names;
  OffscaleMarks *m_offscale;
};

} // namespace evolute::widgets

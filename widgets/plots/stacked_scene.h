// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <vector>

#include "widgets/plots/curve_items.h"
#include "widgets/plots/plot_frame.h"
#include "widgets/plots/stacked_data.h"
#include "widgets/plots/stage_bands.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// Everything that decides what a stacked plot looks like, apart from its theme and ranges. A value.
struct StackedContent {
  std::vector<StackedPanel> panels;
  std::vector<EvidenceRow> rows;
  std::vector<EdgeInterval> edges;
  std::vector<StageBand> stages;
  TimeAxis time;
};

/// Edges through all panels with their intervals, and the rows of evidence below the panels.
class EvidenceMarks : public QCPLayerable {
public:
  EvidenceMarks(QCustomPlot *plot, std::vector<QCPAxisRect *> panels, QCPAxisRect *rows);
  void setContent(const StackedContent *content, const PlotTheme &theme);
  /// What is said of the mark nearest to a place in the rows; empty where there is none.
  QString noteAt(const QPointF &pixel, double reach) const;

protected:
  void applyDefaultAntialiasingHint(QCPPainter *painter) const override { painter->setAntialiasing(true); }
  void draw(QCPPainter *painter) override;

private:
  double pixelOf(std::int64_t step) const;
  double middleOf(std::size_t row) const;
  void drawRow(QCPPainter &painter, std::size_t row) const;
  void drawEdges(QCPPainter &painter) const;

  std::vector<QCPAxisRect *> m_panels;
  QCPAxisRect *m_rows;
  const StackedContent *m_content = nullptr;
  PlotTheme m_theme;
};

/// Draws StackedContent into a QCustomPlot: the same code for the screen and for figures.
class StackedScene {
public:
  StackedScene(QCustomPlot &plot, std::size_t panelCount, bool withRows);
  /// From scratch; `content` outlives the scene. Does not replot.
  void build(const StackedContent &content, const PlotTheme &theme);
  void fit(const StackedContent &content); ///< all that the panels hold
  void placeLegend(const StackedContent &content);

  struct Panel {
    QCPAxisRect *axes;
    QCPAxis *x, *y;
    MathLabelElement *label;
  };
  const std::vector<Panel> &panels() const { return m_panels; }
  const EvidenceMarks &marks() const { return *m_marks; }
  PlotFrame &frame() { return m_frame; }
  QCPAxisRect *rows() const { return m_rows; } ///< null without

private:
  Panel addPanel(int row);
  void addSeries(const StackedContent &content, std::size_t panel, const PlotTheme &theme);

  PlotFrame m_frame;
  std::vector<Panel> m_panels;
  QCPAxisRect *m_rows = nullptr;
  QCPMarginGroup *m_margins;
  QList<QCPAbstractItem *> m_items;
  StageNames *m_names;
  EvidenceMarks *m_marks;
};

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <vector>

#include <QLineF>
#include <QRectF>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_frame.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// A value: what a trajectory plot shows.
struct TrajectoryContent {
  TrajectoryData data;
  TrajectoryOverlays overlays;
  std::vector<TrajectoryMark> marks;
  TimeAxis time;
  std::vector<StageBand> stages;
  bool byStage = false; ///< colours tell the stage; without stages they tell the time all the same

  bool showsStages() const { return byStage && !stages.empty(); }
  int stageAt(std::int64_t step) const;            ///< the later one at an edge; -1 outside of all
  QColor stageColorOf(int stage, bool dark) const; ///< grey outside of all
  bool isEmpty() const { return data.steps.empty(); }
  double progress(std::int64_t step) const;  ///< 0..1 along the time axis, from the first step to the last
  int nearestPoint(std::int64_t step) const; ///< index of the last point at or before it, else 0
  int pointAt(std::int64_t step) const;      ///< index of the point of this very step, else -1
};

/// Where a name of the size `room` stands beside a mark of that radius: off what is taken, covering as few of
/// the lines as can be, of places as good the first on the side away from the middle. In pixels, inside
/// `inside`.
QRectF freePlace(const QPointF &at, const QSizeF &room, double radius, const QRectF &inside,
                 const std::vector<QLineF> &lines, const std::vector<QRectF> &taken);

/// The path as a plottable: QCustomPlot's own curves have one colour each, this one follows the steps.
class PathPlottable : public QCPAbstractPlottable {
public:
  PathPlottable(QCPAxis *x, QCPAxis *y) : QCPAbstractPlottable(x, y) {}
  void setContent(const TrajectoryContent *content, const PlotTheme &theme);
  double selectTest(const QPointF &, bool, QVariant *) const override { return -1; }
  QCPRange getKeyRange(bool &found, QCP::SignDomain domain) const override;
  QCPRange getValueRange(bool &found, QCP::SignDomain domain, const QCPRange &keys) const override;

protected:
  void draw(QCPPainter *painter) override;
  void drawLegendIcon(QCPPainter *, const QRectF &) const override {}

private:
  void drawEnds(QCPPainter &painter) const;
  const TrajectoryContent *m_content = nullptr;
  PlotTheme m_theme;
};

/// Colours against steps, beside the axes: a scale of time, or a piece for each stage with its letter.
class StepColorBar : public QCPLayoutElement {
public:
  StepColorBar(QCustomPlot *plot, QCPAxisRect *axes);
  void setContent(const TrajectoryContent *content, const PlotTheme &theme);
  QSize minimumOuterSizeHint() const override;
  QSize maximumOuterSizeHint() const override;

protected:
  void draw(QCPPainter *painter) override;

private:
  QCPAxisRect *m_axes;
  const TrajectoryContent *m_content = nullptr;
  PlotTheme m_theme;
};

class UnderlayPlottable;
class MarksPlottable;

class TrajectoryScene {
public:
  explicit TrajectoryScene(QCustomPlot &plot);
  /// `content` outlives the scene.
  void build(const TrajectoryContent &content, const PlotTheme &theme);
  PlotFrame &frame() { return m_frame; }

  struct Extent {
    QCPRange x, y;
  };
  static Extent extent(const TrajectoryContent &content); ///< of the paths and the forms near them
  /// Puts the legend where it covers least. After a layout.
  void placeLegend(const TrajectoryContent &content);
  /// Widens one of the ranges so that a unit has the same length on both axes.
  void equaliseAxes();

private:
  PlotFrame m_frame;
  UnderlayPlottable *m_underlay;
  PathPlottable *m_path;
  MarksPlottable *m_marks;
  StepColorBar *m_bar;
  MathLabelElement *m_note;
};

} // namespace evolute::widgets

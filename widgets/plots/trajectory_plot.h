// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_pane.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// A run's path in a plane of two principal components, coloured by step (viridis along the time axis), start
/// and end marked, both axes at one scale. Mouse as in CurvePlot; a click moves the time cursor to the
/// nearest point of the path.
class TrajectoryPlot : public PlotPane {
  Q_OBJECT
public:
  explicit TrajectoryPlot(QWidget *parent = nullptr);
  ~TrajectoryPlot() override;

  void setTimeAxis(const TimeAxis &axis);         ///< colours follow it
  void setTrajectory(const TrajectoryData &path); ///< keeps the view where the user put it
  void setMarks(std::vector<TrajectoryMark> marks);
  void setOverlays(TrajectoryOverlays overlays);
  const TrajectoryData &trajectory() const;
  const TrajectoryOverlays &overlays() const;
  const std::vector<TrajectoryMark> &marks() const;
  void setStages(std::vector<StageBand> stages);
  /// Colours tell the stage in place of the time, letters and strokes at the edges with them. Without stages
  /// they tell the time all the same.
  void setColoredByStage(bool byStage);
  bool isColoredByStage() const;
  void setCursorStep(std::int64_t step); ///< ringed where the path has a point of this very step
  std::optional<std::int64_t> cursorStep() const;

  void fit() override;
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  PlotTable table() const override;
  QString summary() const override;

Q_SIGNALS:
  void cursorMoved(qint64 step);
  void viewEdited();

protected:
  void themeChanged() override;
  void keyPressEvent(QKeyEvent *event) override;

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets

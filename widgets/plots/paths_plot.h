// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_pane.h"

namespace evolute::widgets {

/// A run's way through a plane. x and y have one length; what is not finite, or not above 0 on a logarithmic
/// axis, is left out.
struct PlanePath {
  QString label;                   ///< markup; empty: not in the legend
  QColor color;                    ///< of the line
  std::vector<std::int64_t> steps; ///< of the points, for hovering
  std::vector<double> x, y;
  bool dots = false; ///< few points: each one shown
  bool faint = false;
};

enum class MarkShape { Circle, Diamond, Square, Star };

/// A named place in the plane. Marks of one shape and one `kind` share a legend entry.
struct PlaneMark {
  MarkShape shape = MarkShape::Circle;
  double x = 0, y = 0;
  QColor color;
  QString kind;  ///< markup for the legend: "end of training"; empty: not in it
  QString label; ///< markup beside it; may be empty
  QString note;  ///< shown on hover
};

/// A value.
struct PlaneData {
  QString xLabel, yLabel; ///< markup
  QStringList header;     ///< names of x and y in tables
  bool logX = false, logY = false;
  bool equalAxes = false; ///< a unit has the same length on both; not with logarithmic axes
  std::vector<PlanePath> paths;
  std::vector<PlaneMark> marks;
};

/// Several runs in one plane: joint principal components, distances to two predictors, loss against
/// lambda-hat. Time runs along the paths; arrowheads say where to. Mouse as in CurvePlot, without a cursor.
class PathsPlot : public PlotPane {
  Q_OBJECT
public:
  explicit PathsPlot(QWidget *parent = nullptr);
  ~PathsPlot() override;

  void setData(PlaneData data); ///< keeps the view where the user put it
  const PlaneData &data() const;

  void fit() override;
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  PlotTable table() const override;
  QString summary() const override;

protected:
  void themeChanged() override;

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets

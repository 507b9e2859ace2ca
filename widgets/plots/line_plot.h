// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_pane.h"

namespace evolute::widgets {

struct LinePoint {
  double x = 0;
  double value = kNone; ///< not finite: breaks the line
  double error = kNone; ///< half length of the error bar
  double low = kNone;   ///< edges of a pale band
  double high = kNone;
  bool suspect = false; ///< drawn hollow, left out of the line and of the fitted range
  QString note;         ///< shown on hover: why it is suspect
  QString label = {};   ///< drawn beside the point
};

struct LineSeries {
  QString label;                 ///< markup; empty: not in the legend
  QColor color;                  ///< invalid: taken from the palette by position
  std::vector<LinePoint> points; ///< ascending x
  bool dots = false;
  bool line = true;    ///< false: dots alone
  bool hollow = false; ///< dots are small diamonds without a filling
  bool faint = false;
};

/// Lines over an x of any meaning. A value.
struct LineData {
  QString xLabel, valueLabel; ///< markup
  QStringList header;         ///< names of x and value in tables
  bool logX = false, logValue = false; ///< where so, what is not above 0 cannot be seen
  bool diagonal = false;               ///< a dashed line where value and x are equal
  std::vector<std::pair<double, QString>> xTicks; ///< where values were tried; empty: ticks as they fall
  std::vector<LineSeries> series;
  std::optional<double> xMark;     ///< a dashed vertical line: where one is
  std::optional<double> valueMark; ///< a dashed level
};

/// Draws LineData: chains over draws, an estimate over a setting. Mouse as in CurvePlot, without a cursor.
class LinePlot : public PlotPane {
  Q_OBJECT
public:
  explicit LinePlot(QWidget *parent = nullptr);
  ~LinePlot() override;

  void setData(LineData data); ///< and fits
  const LineData &data() const;

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

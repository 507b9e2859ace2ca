// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_pane.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// Curves over training steps: a metric, lambda-hat of components, anything with one value a step.
///
/// Wheel zooms at the mouse (over an axis: that axis alone), left drag zooms to a box, middle or Ctrl+drag
/// pans, double click fits, click moves the time cursor, Shift+drag selects a range of time. A click on a
/// legend entry hides the series, a double click shows it alone.
class CurvePlot : public PlotPane {
  Q_OBJECT
public:
  explicit CurvePlot(QWidget *parent = nullptr);
  ~CurvePlot() override;

  void setTimeAxis(const TimeAxis &axis);    ///< keeps the visible range of steps
  void setValueLabel(const QString &markup); ///< y axis: "$\\hat\\lambda$", "Loss (nats)"
  /// Replaces the data; hidden ids stay hidden, and the view stays where the user put it.
  void setSeries(std::vector<CurveSeries> series);
  void setStages(std::vector<StageBand> stages);
  const std::vector<CurveSeries> &series() const;

  void setCursorStep(std::int64_t step); ///< repaints the cursor's layer alone
  std::optional<std::int64_t> cursorStep() const;
  void setTimeRange(std::optional<std::pair<std::int64_t, std::int64_t>> range); ///< marked, not zoomed to
  void setHighlightedSeries(const QString &id); ///< dims the others; empty: none

  void setSeriesVisible(const QString &id, bool visible);
  void showOnly(const QString &id); ///< again: all
  QStringList hiddenSeries() const;
  void setLogValues(bool log); ///< y axis; values <= 0 are not drawn then
  bool isLogValues() const;
  void setValueLocked(bool locked); ///< y range stays as it is
  bool isValueLocked() const;

  /// Visible ranges, for sessions and recipes. x in steps whatever the axis.
  struct View {
    double firstStep = 0, lastStep = 0, lowValue = 0, highValue = 0;
    bool operator==(const View &) const = default;
  };
  View view() const;
  void setView(const View &view);
  /// What fit() shows of the values; none: all that are not suspect, and suspect ones near them. Points outside are
  /// marked at the edge.
  void setFittedValues(std::optional<std::pair<double, double>> range);
  void fit() override;

  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  PlotTable table() const override;
  QString summary() const override;

Q_SIGNALS:
  void cursorMoved(qint64 step); ///< by click or arrow key: always a checkpoint's or a point's step
  void timeRangeSelected(qint64 start, qint64 end);
  void viewEdited(); ///< the user zoomed, panned or fitted
  void hiddenSeriesChanged(const QStringList &ids);
  void seriesHovered(const QString &id); ///< empty: none

protected:
  void themeChanged() override;
  void keyPressEvent(QKeyEvent *event) override;

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "widgets/plots/plot_pane.h"

namespace evolute::widgets {

/// Share of the variance that each component explains (bars) and their running sum (line), in per cent.
class ScreePlot : public PlotPane {
  Q_OBJECT
public:
  explicit ScreePlot(QWidget *parent = nullptr);
  ~ScreePlot() override;

  /// Shares of the total variance, 0..1, descending: core::Trajectory::explained.
  void setExplained(const std::vector<double> &shares);

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

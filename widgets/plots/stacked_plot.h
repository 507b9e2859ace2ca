// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "widgets/plots/plot_pane.h"
#include "widgets/plots/stacked_data.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// Panels one above the other over one time axis, with the stages behind all of them: a loss above its λ̂, a
/// curve above its slope. Below them, if wanted, rows of evidence for edges. Mouse as in CurvePlot; time is
/// zoomed in all panels at once, values in the one under the mouse.
class StackedPlot : public PlotPane {
  Q_OBJECT
public:
  explicit StackedPlot(std::size_t panelCount, bool withRows, QWidget *parent = nullptr);
  ~StackedPlot() override;

  void setTimeAxis(const TimeAxis &axis);
  /// No more than panelCount. Fits, unless the user has chosen a view.
  void setPanels(std::vector<StackedPanel> panels);
  const std::vector<StackedPanel> &panels() const;
  void setEvidence(std::vector<EvidenceRow> rows, std::vector<EdgeInterval> edges);
  const std::vector<EvidenceRow> &evidence() const;
  void setStages(std::vector<StageBand> stages);
  const std::vector<StageBand> &stages() const;
  void setCursorStep(std::int64_t step);

  void fit() override;
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  PlotTable table() const override;
  QString summary() const override;

Q_SIGNALS:
  void cursorMoved(qint64 step); ///< by a click: always a checkpoint's step, where there are any

protected:
  void themeChanged() override;

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_pane.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// One curve's panel.
struct SmallPanel {
  CurveSeries series;                ///< its label is the panel's title
  std::optional<CurveSeries> beside; ///< a second curve in the same panel, in its own line style
  QString badge;                     ///< plain text at the title's right: a cluster, a type
};

/// A panel for each curve, all with the same axes; behind each curve, pale, those of the other panels. Order
/// is the caller's. Click selects a panel, Ctrl+click adds or takes away, Esc selects none; arrow keys move.
class SmallMultiples : public PlotPane {
  Q_OBJECT
public:
  explicit SmallMultiples(QWidget *parent = nullptr);
  ~SmallMultiples() override;

  void setTimeAxis(const TimeAxis &axis);
  void setValueLabel(const QString &markup);
  void setPanels(std::vector<SmallPanel> panels);
  const std::vector<SmallPanel> &panels() const;
  void setStages(std::vector<StageBand> stages);
  void setSelected(const QStringList &ids); ///< framed; the others step back
  void setHighlighted(const QString &id);   ///< drawn over the other panels' curves; empty: none
  void setCursorStep(std::int64_t step);

  struct Range {
    double low = 0, high = 1;
  };
  /// Fixes what all panels show; none: the values that are not suspect. Points outside are marked at the edge.
  void setValueRange(std::optional<Range> range);
  Range valueRange() const;         ///< that all panels share, with the room around it
  QRect panelRect(int panel) const; ///< on the canvas
  QWidget *canvas() const;

  void fit() override; ///< brings the first selected panel into view
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  PlotTable table() const override;
  QString summary() const override;

Q_SIGNALS:
  void panelClicked(const QString &id, bool add);
  void panelHovered(const QString &id); ///< empty: none
  void selectionCleared();
  void cursorMoved(qint64 step); ///< by a click into the plot of a panel

protected:
  void themeChanged() override;

private:
  class Canvas;
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_pane.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// One run in several components: finished values.
struct ComponentData {
  std::vector<std::int64_t> steps;          ///< ascending
  std::vector<std::vector<double>> columns; ///< one a component, each as long as `steps`
  QStringList labels;                       ///< markup, one a component: "PC1 (63.1 %)"
  std::vector<StageBand> stages;            ///< may be empty
  bool byStage = false; ///< colours tell the stage; without stages they tell the time all the same

  bool showsStages() const { return byStage && !stages.empty(); }
};

/// Every pair of components as a small plane, coloured by step or stage; each panel has scales of its own. A
/// click moves the time cursor to the nearest point of its panel, a double click asks for that plane.
class ScatterMatrix : public PlotPane {
  Q_OBJECT
public:
  explicit ScatterMatrix(QWidget *parent = nullptr);
  ~ScatterMatrix() override;

  void setTimeAxis(const TimeAxis &axis); ///< colours follow it
  void setComponents(const ComponentData &components);
  void setCursorStep(std::int64_t step);
  void setCurrentPlane(int first, int second); ///< framed; 0 = PC1

  struct Panel {
    int x = 0, y = 0; ///< components
    QRectF rect;      ///< in the canvas
  };
  std::vector<Panel> panels() const;

  void fit() override {} ///< it shows all data at any time
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  PlotTable table() const override;
  QString summary() const override;

Q_SIGNALS:
  void cursorMoved(qint64 step);
  void planeChosen(int first, int second);

protected:
  void themeChanged() override;
  bool eventFilter(QObject *watched, QEvent *event) override;

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "widgets/plots/plot_pane.h"

namespace evolute::widgets {

/// One chain as lowest and highest values of equal stretches; NaN after its end.
struct TraceShape {
  std::vector<float> low, high;
};

/// What a chip says; the word beside the colour says the same.
enum class ChipKind {
  Waiting, ///< no result yet
  Good,
  Advice, ///< to be read before use
  Bad     ///< not to be used
};

/// One estimate of a panel: its chains, each row on a scale of its own, and what is thought of it.
struct TraceRow {
  QString label; ///< markup, short: "1,000"; stands left of the chains
  std::vector<TraceShape> chains;
  QString value; ///< markup: "$\\hat\\lambda$ 12.3 ± 0.4"
  ChipKind kind = ChipKind::Waiting;
  QString word; ///< "ok", "start spike"; empty: no chip
  QString note; ///< on hover: the rule and its number
};

struct TracePanel {
  QString title;              ///< markup: the settings
  int row = 0, column = 0;    ///< its place when arranged by settings
  std::vector<TraceRow> rows; ///< all panels have as many
  bool marked = false;        ///< the recommended one
};

/// Many small panels of chain traces, each a press away from its details. Only what is in view is drawn.
/// Arrow keys, Home and End move between panels.
class TraceGrid : public PlotPane {
  Q_OBJECT
public:
  /// In the order given, as many in a row as fit; or at their rows and columns.
  enum class Arrangement { InOrder, ByPlace };

  explicit TraceGrid(QWidget *parent = nullptr);
  ~TraceGrid() override;

  void setPanels(std::vector<TracePanel> panels);
  const std::vector<TracePanel> &panels() const;
  void setArrangement(Arrangement arrangement);
  Arrangement arrangement() const;
  /// Index into panels(); negative for none. Sends no signal.
  void setCurrent(int panel);
  int current() const;
  /// What tables and CSV show; its cells must stay valid until the next call.
  void setTable(PlotTable table);

  QRect panelRect(int panel) const; ///< on the canvas; empty for an unknown one
  QRect chipRect(int panel, int row) const;
  QWidget *canvas() const;

  void fit() override; ///< brings the current panel into view
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  PlotTable table() const override;
  QString summary() const override;

Q_SIGNALS:
  void panelChosen(int panel); ///< by a click or a key
  void rowChosen(int row);     ///< by a click; before panelChosen()

protected:
  void themeChanged() override;

private:
  class Canvas;
  struct Private;
  std::unique_ptr<Private> d;
};

/// Fill and text of a chip: told apart by lightness as well as by hue.
struct ChipColors {
  QColor fill, text;
};
ChipColors chipColors(ChipKind kind, bool dark);

} // namespace evolute::widgets

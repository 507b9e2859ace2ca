// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_pane.h"

namespace evolute::widgets {

/// Values in rows and columns: heads over steps, keys under queries, clusters against types. A value.
struct MatrixData {
  QStringList rows, columns;                 ///< plain text
  std::vector<QColor> rowColors;             ///< a chip beside each row's name; empty: none
  std::vector<double> values;                ///< row after row; NaN: not known, left blank
  QString rowLabel, columnLabel, valueLabel; ///< markup
  /// What the colours run over; none: from the least to the largest value. Cells outside have the colour of the end and
  /// a small triangle that points beyond it.
  std::optional<std::pair<double, double>> range;
  bool squareCells = false;
  bool showNumbers = false; ///< in the cells, where they fit
  bool operator==(const MatrixData &) const = default;

  double at(int row, int column) const {
    return values[std::size_t(row) * std::size_t(columns.size()) + std::size_t(column)];
  }
};

/// A matrix as coloured cells with a colour bar. QCustomPlot's colour map knows evenly spaced axes alone, so
/// cells are rectangles of our own; names that would touch are left out. A click on a name chooses its row,
/// one on a cell its column.
class MatrixPlot : public PlotPane {
  Q_OBJECT
public:
  explicit MatrixPlot(QWidget *parent = nullptr);
  ~MatrixPlot() override;

  void setData(MatrixData data);
  const MatrixData &data() const;
  void setMarkedColumn(int column); ///< the time cursor; negative: none
  void setHighlightedRow(int row);  ///< negative: none
  void setSelectedRows(const std::vector<int> &rows);

  std::pair<double, double> colorRange() const;
  QRectF cellRect(int row, int column) const; ///< on the canvas
  QWidget *canvas() const;

  void fit() override {}
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  PlotTable table() const override;
  QString summary() const override;

Q_SIGNALS:
  void rowClicked(int row, bool add);
  void columnChosen(int column);
  void rowHovered(int row); ///< negative: none

protected:
  void themeChanged() override;

private:
  class Canvas;
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets

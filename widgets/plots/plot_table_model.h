// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include "widgets/plots/plot_pane.h"

namespace evolute::widgets {

/// A PlotTable as Qt's table views want it.
class PlotTableModel : public QAbstractTableModel {
  Q_OBJECT
public:
  using QAbstractTableModel::QAbstractTableModel;
  void setTable(PlotTable table);
  int rowCount(const QModelIndex &parent = {}) const override;
  int columnCount(const QModelIndex &parent = {}) const override;
  QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
  PlotTable m_table;
};

QString toCsv(const PlotTable &table); ///< RFC 4180 quoting, "\n" line ends
QString csvNumber(double value);       ///< shortest text that reads back the same; empty for NaN

} // namespace evolute::widgets

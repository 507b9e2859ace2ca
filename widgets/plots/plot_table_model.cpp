// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_table_model.h"

#include <cmath>

#include <QLocale>

namespace evolute::widgets {

void PlotTableModel::setTable(PlotTable table) {
  beginResetModel();
  m_table = std::move(table);
  endResetModel();
}

int PlotTableModel::rowCount(const QModelIndex &parent) const {
  return parent.isValid() ? 0 : m_table.rows;
}

int PlotTableModel::columnCount(const QModelIndex &parent) const {
  return parent.isValid() ? 0 : int(m_table.header.size());
}

QVariant PlotTableModel::data(const QModelIndex &index, int role) const {
  if (!index.isValid() || index.row() >= m_table.rows || index.column() >= m_table.header.size())
    return {};
  if (role == Qt::DisplayRole || role == Qt::ToolTipRole) {
    const QString text = m_table.cell(index.row(), index.column());
    bool number = false;
    const double value = text.toDouble(&number);
    constexpr int kLongNumber = 9; // letters: from here on the cell rounds and the tooltip has all digits
    return role == Qt::DisplayRole && number && text.size() > kLongNumber ? QString::number(value, 'g', 7)
                                                                          : text;
  }
  if (role == Qt::TextAlignmentRole) {
    bool number = false;
    m_table.cell(index.row(), index.column()).toDouble(&number);
    return int((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  }
  return {};
}

QVariant PlotTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole)
    return {};
  return orientation == Qt::Horizontal ? QVariant(m_table.header.value(section)) : QVariant(section + 1);
}

QString toCsv(const PlotTable &table) {
  const auto quoted = [](QString text) {
    const bool special = text.contains(QLatin1Char(',')) || text.contains(QLatin1Char('"')) ||
                         text.contains(QLatin1Char('\n')) || text.contains(QLatin1Char('\r'));
    return special
               ? QLatin1Char('"') + text.replace(QLatin1Char('"'), QStringLiteral("\"\"")) + QLatin1Char('"')
               : text;
  };
  QString csv;
  const auto columns = int(table.header.size());
  for (int row = -1; row < table.rows; ++row)
    for (int column = 0; column < columns; ++column) {
      csv += quoted(row < 0 ? table.header[column] : table.cell(row, column));
      csv += QLatin1Char(column + 1 < columns ? ',' : '\n');
    }
  return csv;
}

QString csvNumber(double value) {
  return std::isnan(value) ? QString() : QString::number(value, 'g', QLocale::FloatingPointShortest);
}

} // namespace evolute::widgets

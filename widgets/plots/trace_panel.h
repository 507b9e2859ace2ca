// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/trace_grid.h"

class QPainter;

namespace evolute::widgets {

/// Where the parts of a panel stand; lengths follow the theme's font. A value.
class TracePanelLayout {
public:
  TracePanelLayout() = default;
  TracePanelLayout(const PlotTheme &theme, int rows);
  QSize size() const { return m_size; }
  QRectF title() const;
  QRectF plot(int row) const;
  QRectF label(int row) const;
  QRectF value(int row) const;
  QRectF chip(int row, const QString &word, const QFont &font) const; ///< as wide as its word
  int gap() const { return m_gap; }

private:
  QRectF right(int row) const;
  QSize m_size;
  int m_line = 0, m_gap = 0, m_row = 0, m_pad = 0;
};

/// Draws one panel with its top left corner at the painter's origin.
void paintTracePanel(QPainter &painter, const TracePanel &panel, const TracePanelLayout &layout,
                     const PlotTheme &theme, bool current);

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/figure/figure_page.h"

#include <algorithm>

#include <qcustomplot.h>

namespace evolute::widgets {

FigurePage::FigurePage(QString title, std::vector<const FigureSource *> parts, int columns)
    : m_title(std::move(title)), m_parts(std::move(parts)),
      m_columns(std::min(columns, int(m_parts.size()))) {
  Q_ASSERT(columns >= 1 && !m_parts.empty());
}

void FigurePage::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  const int rows = (int(m_parts.size()) + m_columns - 1) / m_columns;
  FigureSpec cell = spec;
  cell.widthMm = spec.widthMm / m_columns;
  cell.heightMm = spec.heightMm / rows;
  cell.showTitle = true;
  for (int i = 0; i < int(m_parts.size()); ++i) {
    painter.save();
    // Whole units, so that lines of neighbouring cells stay sharp.
    painter.translate(spec.units().width() * (i % m_columns) / m_columns,
                      spec.units().height() * (i / m_columns) / rows);
    m_parts[std::size_t(i)]->paintFigure(painter, cell);
    painter.restore();
  }
}

bool FigurePage::needsPixels() const {
  return std::any_of(m_parts.begin(), m_parts.end(),
                     [](const FigureSource *part) { return part->needsPixels(); });
}

QString FigurePage::tableText() const {
  QString text;
  for (const FigureSource *part : m_parts)
    text += QStringLiteral("# %1\n").arg(part->figureTitle()) + part->tableText();
  return text;
}

} // namespace evolute::widgets

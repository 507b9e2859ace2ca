// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/figure/figure_note.h"

#include <utility>

#include <qcustomplot.h>

#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_style.h"

namespace evolute::widgets {

FigureNote::FigureNote(QString title, QString sentence)
    : m_title(std::move(title)), m_sentence(std::move(sentence)) {}

QString FigureNote::figureTitle() const {
  return MathLabel(m_title).plainText();
}

void FigureNote::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  const PlotTheme theme = figureTheme(spec);
  const QRectF all(QPointF(0, 0), QSizeF(spec.units()));
  painter.save();
  painter.setPen(theme.text);
  if (spec.showTitle) {
    const MathLabel title(m_title);
    const double height = title.boundingRect(theme.titleFont).height() + 4 * theme.unit;
    title.draw(painter, theme.titleFont, QRectF(all.topLeft(), QSizeF(all.width(), height)), Qt::AlignHCenter);
  }
  MathLabel(m_sentence).draw(painter, theme.labelFont, all, Qt::AlignHCenter);
  painter.restore();
}

QString FigureNote::tableText() const {
  QString sentence = MathLabel(m_sentence).plainText();
  return u'"' + sentence.replace(u'"', QStringLiteral("\"\"")) + QStringLiteral("\"\n");
}

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/figure/figure_source.h"

namespace evolute::widgets {

/// A title and a sentence in place of a figure that cannot be drawn, so that a page has no unexplained hole.
class FigureNote : public FigureSource {
public:
  FigureNote(QString title, QString sentence); ///< both markup, see widgets/plots/math_label.h

  QString figureTitle() const override;
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  QString tableText() const override; ///< the sentence as the only header

private:
  QString m_title, m_sentence;
};

} // namespace evolute::widgets

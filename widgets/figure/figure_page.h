// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "widgets/figure/figure_source.h"

namespace evolute::widgets {

/// Several figures on one page, in rows of equal cells. Each cell shows its title, so that a page explains
/// itself.
class FigurePage : public FigureSource {
public:
  /// `parts` outlive the page. \pre columns >= 1 and at least one part.
  FigurePage(QString title, std::vector<const FigureSource *> parts, int columns);

  QString figureTitle() const override { return m_title; }
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  bool needsPixels() const override;
  /// The tables one after the other, each under a line "# title".
  QString tableText() const override;

private:
  QString m_title;
  std::vector<const FigureSource *> m_parts;
  int m_columns;
};

} // namespace evolute::widgets

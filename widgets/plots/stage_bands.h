// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <vector>

#include <qcustomplot.h>

#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_style.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// Stages behind the curves of one pair of axes: a pale band each and a dashed line where it begins, on the
/// layer "bands". The plot owns the items.
QList<QCPAbstractItem *> addStageBands(QCPAxisRect &axes, const std::vector<StageBand> &stages,
                                       const TimeAxis &time, const PlotTheme &theme);

/// Names of the stages above the axes: letter and name, the letter alone where there is less room; one that
/// does not fit over its band is left out.
class StageNames : public QCPLayerable {
public:
  StageNames(QCustomPlot *plot, QCPAxis *x);
  void setContent(const std::vector<StageBand> &stages, const TimeAxis &time, const PlotTheme &theme);

protected:
  void applyDefaultAntialiasingHint(QCPPainter *painter) const override { painter->setAntialiasing(true); }
  void draw(QCPPainter *painter) override;

private:
  struct Name {
    double from, to; // axis coordinates
    MathLabel whole, letter;
  };
  QCPAxis *m_x;
  std::vector<Name> m_names;
  QFont m_font;
  QColor m_color;
};

} // namespace evolute::widgets

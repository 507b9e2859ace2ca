// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <qcustomplot.h>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_style.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// What draws one series over a time axis: its line, band, error bars and suspect points. The plot owns them.
struct CurveItems {
  static QColor shade(const CurveSeries &series, QColor own, double opacity = 1); ///< that it is drawn in
  static CurveItems add(QCPAxis *x, QCPAxis *y, const CurveSeries &series, const TimeAxis &time);
  void style(const CurveSeries &series, QColor own, double opacity, const PlotTheme &theme) const;
  void setVisible(bool visible) const;

  QCPGraph *low = nullptr, *high = nullptr; ///< edges of the band
  QCPGraph *line = nullptr;
  QCPGraph *bars = nullptr; ///< invisible, carries the error bars
  QCPErrorBars *errors = nullptr;
  QCPGraph *suspects = nullptr;
  bool dots = false; ///< few enough points to show each
};

} // namespace evolute::widgets

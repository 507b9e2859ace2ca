// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <functional>
#include <vector>

#include "widgets/plots/trajectory_scene.h"

namespace evolute::widgets {

/// What lies behind a path: itself before smoothing, its osculating circles, their centres.
class UnderlayPlottable : public QCPAbstractPlottable {
public:
  UnderlayPlottable(QCPAxis *x, QCPAxis *y) : QCPAbstractPlottable(x, y) {}
  void setContent(const TrajectoryContent *content, const PlotTheme &theme);
  double selectTest(const QPointF &, bool, QVariant *) const override { return -1; }
  QCPRange getKeyRange(bool &found, QCP::SignDomain) const override { return found = false, QCPRange(); }
  QCPRange getValueRange(bool &found, QCP::SignDomain, const QCPRange &) const override {
    return found = false, QCPRange();
  }

protected:
  void draw(QCPPainter *painter) override;
  void drawLegendIcon(QCPPainter *, const QRectF &) const override {}

private:
  const TrajectoryContent *m_content = nullptr;
  PlotTheme m_theme;
};

/// Signs of vertices, cusps and forms over a path, with their names.
class MarksPlottable : public UnderlayPlottable {
public:
  using UnderlayPlottable::UnderlayPlottable;
  void setContent(const TrajectoryContent *content, const PlotTheme &theme);

protected:
  void draw(QCPPainter *painter) override;

private:
  const TrajectoryContent *m_content = nullptr;
  PlotTheme m_theme;
};

/// The sign of a mark about `at`, also for legends and the 3D view's figures.
void drawMarkSign(QPainter &painter, TrajectoryMarkKind kind, bool doubtful, const QPointF &at,
                  const PlotTheme &theme);
QColor evoluteColor(bool dark);
QColor circleColor(const PlotTheme &theme); ///< faint
QColor rawPathColor(const PlotTheme &theme);

struct LegendSign {
  QString text; ///< markup
  std::function<void(QCPPainter &, const QRectF &)> draw;
};
/// One entry for each kind of thing that is drawn; none when there is only the path.
std::vector<LegendSign> legendOf(const TrajectoryContent &content, const PlotTheme &theme);

} // namespace evolute::widgets

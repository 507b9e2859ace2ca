// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QJsonObject>

#include "app/session/run_session.h"
#include "app/session/view_state.h"
#include "app/window/pane_page.h"

class QSplitter;
class QUndoStack;

namespace evolute::widgets {
class CurvePlot;
class ScreePlot;
class TrajectoryPlot;
} // namespace evolute::widgets

namespace evolute::app {

class EdPlane;
class TrajectoryShape;
struct EstimateSet;

/// The four panes of one run in nested splitters: metrics, λ̂, PC1 × PC2, explained variance. Reads the
/// session, draws, and sends back what the user asks for.
class Overview : public PanePage {
  Q_OBJECT
public:
  Overview(RunSession &session, ViewState &view, TrajectoryShape &shape, QUndoStack &undo,
           QWidget *parent = nullptr);
  EdPlane &edPlane() { return *m_edPlane; }

  /// Which estimates are drawn; an unknown key means the largest set.
  void setEstimateSet(const QString &key);
  QString estimateSet() const { return m_setKey; }

  QJsonObject layoutState() const;               ///< sizes of the splitters
  void setLayoutState(const QJsonObject &state); ///< {} = as at first; what does not fit is left out

Q_SIGNALS:
  void computeLlcRequested();
  void estimateSetsChanged();
  void layoutEdited(const QJsonObject &before, const QJsonObject &after); ///< a splitter was moved

protected:
  void arrange() override;

private:
  void buildPanes();
  void connectPanes();
  void connectSession();
  void clear();
  void showMetrics();
  void showEstimates();
  void showTrajectory();
  void showTrajectoryText(); ///< while there is none
  void showObstacle();       ///< of the button that makes estimates
  void showStages();
  void showAxis();
  void showCursor(std::int64_t step);
  void hideSeriesOf(widgets::CurvePlot *plot);
  void takeHidden(widgets::CurvePlot *plot, const QStringList &hidden);
  std::vector<std::int64_t> steps() const;

  RunSession &m_session;
  ViewState &m_view;
  QUndoStack &m_undo;
  widgets::CurvePlot *m_loss, *m_llc;
  widgets::TrajectoryPlot *m_ed;
  widgets::ScreePlot *m_scree;
  EdPlane *m_edPlane;
  QSplitter *m_rows, *m_top, *m_bottom;
  QString m_setKey;
  QJsonObject m_layoutBefore;
  QSet<QString> m_metricsSeen; // columns that have been given their first visibility
};

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QObject>
#include <QSet>
#include <QString>

#include "app/session/ed_view.h"

namespace evolute::app {

/// How training time is laid out along an axis. Step 0 is visible in all of them.
enum class TimeAxisKind {
  LogPlusOne, ///< log(1 + t), the default
  Linear,
  Index ///< number of the checkpoint
};
QString nameOf(TimeAxisKind kind); ///< "log1p", "linear", "index": in files
std::optional<TimeAxisKind> timeAxisFromName(const QString &name);

/// What the user has chosen to see. Changed through the undo commands (undo.h), which call the setters.
class ViewState : public QObject {
  Q_OBJECT
public:
  using QObject::QObject;
  TimeAxisKind timeAxis() const { return m_timeAxis; }
  bool isPathByStage() const { return m_pathByStage; } ///< colours of a trajectory: the stage, else the time
  const QSet<QString> &hiddenPanes() const { return m_hiddenPanes; }
  const QSet<QString> &hiddenSeries() const { return m_hiddenSeries; }
  const EdView &edView() const { return m_edView; }
  /// Heads or other components that views are narrowed to; empty: none, all are shown.
  const QSet<QString> &selectedComponents() const { return m_selectedComponents; }
  bool isPaneVisible(const QString &pane) const { return !m_hiddenPanes.contains(pane); }
  bool isSeriesVisible(const QString &series) const { return !m_hiddenSeries.contains(series); }

public Q_SLOTS:
  void setTimeAxis(evolute::app::TimeAxisKind kind);
  void setEdView(const evolute::app::EdView &view);
  void setPaneVisible(const QString &pane, bool visible);
  void setSeriesVisible(const QString &series, bool visible);
  void setPathByStage(bool byStage);
  void setSelectedComponents(const QSet<QString> &components);

Q_SIGNALS:
  void timeAxisChanged(evolute::app::TimeAxisKind kind);
  void edViewChanged(const evolute::app::EdView &view);
  void paneVisibilityChanged(const QString &pane, bool visible);
  void seriesVisibilityChanged(const QString &series, bool visible);
  void pathByStageChanged(bool byStage);
  void selectedComponentsChanged();

private:
  TimeAxisKind m_timeAxis = TimeAxisKind::LogPlusOne;
  bool m_pathByStage = false;
  EdView m_edView;
  QSet<QString> m_hiddenPanes, m_hiddenSeries, m_selectedComponents;
};

} // namespace evolute::app

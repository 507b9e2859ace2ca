// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/view_state.h"

#include <array>
#include <utility>

namespace evolute::app {

namespace {
constexpr std::array<std::pair<TimeAxisKind, const char *>, 3> kNames{{{TimeAxisKind::LogPlusOne, "log1p"},
                                                                       {TimeAxisKind::Linear, "linear"},
                                                                       {TimeAxisKind::Index, "index"}}};

/// True when the set has changed.
bool setMember(QSet<QString> &set, const QString &name, bool member) {
  if (set.contains(name) == member)
    return false;
  if (member)
    set.insert(name);
  else
    set.remove(name);
  return true;
}
} // namespace

QString nameOf(TimeAxisKind kind) {
  for (const auto &[value, name] : kNames)
    if (value == kind)
      return QString::fromLatin1(name);
  return {};
}

std::optional<TimeAxisKind> timeAxisFromName(const QString &name) {
  for (const auto &[value, text] : kNames)
    if (name == QLatin1String(text))
      return value;
  return std::nullopt;
}

void ViewState::setTimeAxis(TimeAxisKind kind) {
  if (kind == m_timeAxis)
    return;
  m_timeAxis = kind;
  Q_EMIT timeAxisChanged(kind);
}

void ViewState::setEdView(const EdView &view) {
  if (view == m_edView)
    return;
  m_edView = view;
  Q_EMIT edViewChanged(view);
}

void ViewState::setPaneVisible(const QString &pane, bool visible) {
  if (setMember(m_hiddenPanes, pane, !visible))
    Q_EMIT paneVisibilityChanged(pane, visible);
}

void ViewState::setSeriesVisible(const QString &series, bool visible) {
  if (setMember(m_hiddenSeries, series, !visible))
    Q_EMIT seriesVisibilityChanged(series, visible);
}

void ViewState::setPathByStage(bool byStage) {
  if (std::exchange(m_pathByStage, byStage) != byStage)
    Q_EMIT pathByStageChanged(byStage);
}

void ViewState::setSelectedComponents(const QSet<QString> &components) {
  if (components == m_selectedComponents)
    return;
  m_selectedComponents = components;
  Q_EMIT selectedComponentsChanged();
}

} // namespace evolute::app

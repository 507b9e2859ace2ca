// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/pane_page.h"

#include <QApplication>

using namespace Qt::StringLiterals;

namespace evolute::app {

void PanePage::setPanes(std::vector<NamedPane> panes, const QSize &least) {
  using widgets::PlotPane;
  m_panes = std::move(panes);
  for (const NamedPane &named : m_panes) {
    PlotPane *pane = named.pane;
    pane->setObjectName(u"pane."_s + named.id);
    pane->setMinimumSize(least);
    connect(pane, &PlotPane::hovered, this, &PanePage::hovered);
    connect(pane, &PlotPane::exportRequested, this, [this, pane] { Q_EMIT exportRequested(pane); });
    connect(pane, &PlotPane::copyRequested, this, [this, pane] { Q_EMIT copyRequested(pane); });
    connect(pane, &PlotPane::maximiseRequested, this, [this, pane] { toggleMaximised(pane); });
  }
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) { takeFocus(now); });
}

void PanePage::takeFocus(const QWidget *now) {
  for (const NamedPane &named : m_panes)
    if (now && (now == named.pane || named.pane->isAncestorOf(now)) && m_focused != named.pane) {
      m_focused = named.pane;
      Q_EMIT focusedPaneChanged();
    }
}

widgets::PlotPane *PanePage::pane(const QString &id) const {
  for (const NamedPane &named : m_panes)
    if (named.id == id)
      return named.pane;
  return nullptr;
}

QString PanePage::paneId(const widgets::PlotPane *pane) const {
  for (const NamedPane &named : m_panes)
    if (named.pane == pane)
      return named.id;
  return {};
}

widgets::PlotPane *PanePage::focusedPane() const {
  if (m_focused && !m_focused->isHidden())
    return m_focused;
  for (const NamedPane &named : m_panes)
    if (!named.pane->isHidden())
      return named.pane;
  return m_panes.front().pane;
}

void PanePage::toggleMaximised(widgets::PlotPane *pane) {
  m_maximised = m_maximised ? nullptr : pane;
  arrange();
  if (pane)
    pane->setFocus();
}

} // namespace evolute::app

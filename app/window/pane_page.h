// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QPointer>
#include <QString>
#include <QWidget>

#include "widgets/plots/plot_pane.h"

namespace evolute::app {

/// A tab of the window: named panes, of which one has the keyboard and one may have all the room.
class PanePage : public QWidget {
  Q_OBJECT
public:
  struct NamedPane {
    QString id; ///< "loss", "ed.plane": in files, on the command line and in undo
    widgets::PlotPane *pane = nullptr;
    QString title = {}; ///< plain text, for a menu that shows and hides it; empty where there is none
  };
  const std::vector<NamedPane> &panes() const { return m_panes; }
  widgets::PlotPane *pane(const QString &id) const;    ///< nullptr for an unknown id
  QString paneId(const widgets::PlotPane *pane) const; ///< empty for a foreign one
  /// The pane that has, or had last, the keyboard or a click; else the first that is shown.
  widgets::PlotPane *focusedPane() const;
  void toggleMaximised(widgets::PlotPane *pane);
  bool isMaximised() const { return bool(m_maximised); }

  virtual void enter() {} ///< the page came into view

Q_SIGNALS:
  void hovered(const QString &text);
  void cursorChosen(qint64 step); ///< by a click or a key in a pane
  void exportRequested(evolute::widgets::PlotPane *pane);
  void copyRequested(evolute::widgets::PlotPane *pane);
  void focusedPaneChanged();

protected:
  explicit PanePage(QWidget *parent) : QWidget(parent) {}
  /// Once; the first is where the keyboard starts.
  void setPanes(std::vector<NamedPane> panes, const QSize &least);
  const widgets::PlotPane *maximised() const { return m_maximised; }
  bool hasRoom(const widgets::PlotPane *pane) const { return !m_maximised || m_maximised == pane; }
  /// Shows the panes that have room, and what stands beside them only where all have.
  virtual void arrange() = 0;

private:
  void takeFocus(const QWidget *now);

  std::vector<NamedPane> m_panes;
  QPointer<widgets::PlotPane> m_focused, m_maximised;
};

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QDockWidget>
#include <QIcon>

#include "app/session/run_session.h"
#include "app/session/view_state.h"

class QLineEdit;
class QTreeWidget;
class QTreeWidgetItem;
class QUndoStack;

namespace evolute::app {

/// What the run holds: metrics, components, sets of estimates. The eye (or Space) shows and hides a curve;
/// choosing a component or a set says what the inspector and the λ̂ pane speak of.
class BrowserDock : public QDockWidget {
  Q_OBJECT
public:
  BrowserDock(RunSession &session, ViewState &view, QUndoStack &undo, QWidget *parent = nullptr);

  void focusFilter();
  struct FamilyRun {
    QString label, folder;
    QIcon icon; ///< its colour in the Compare tab
  };
  /// The runs that are compared; none: the group goes.
  void setFamily(const std::vector<FamilyRun> &runs);
  QStringList shownTexts() const; ///< leaves that the filter leaves, in order

public Q_SLOTS:
  void refresh();
  void setEstimateSet(const QString &key); ///< the one that is drawn: marked

Q_SIGNALS:
  void componentChosen(const QString &component); ///< "all", "L0.H3"
  void estimateSetChosen(const QString &key);
  void runRequested(const QString &folder); ///< a run of the family is to be opened

private:
  QTreeWidgetItem *group(const QString &title);
  QTreeWidgetItem *leaf(QTreeWidgetItem *parent, const QString &text, const QString &tip,
                        const QString &seriesId);
  void fillRun();
  void fillMetrics();
  void fillComponents();
  void fillSets();
  void filter(const QString &query);
  void toggle(QTreeWidgetItem *item);
  void showEye(QTreeWidgetItem *item);
  bool eventFilter(QObject *watched, QEvent *event) override;
  void changeEvent(QEvent *event) override;

  RunSession &m_session;
  ViewState &m_view;
  QUndoStack &m_undo;
  QLineEdit *m_filter;
  QTreeWidget *m_tree;
  QTreeWidgetItem *m_run, *m_family, *m_metrics, *m_components, *m_sets;
  QString m_setKey;
};

} // namespace evolute::app

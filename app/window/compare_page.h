// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <vector>

#include <QColor>

#include "app/session/family_session.h"
#include "app/session/view_state.h"
#include "app/window/pane_page.h"

class QComboBox;
class QLabel;
class QListWidget;
class QPushButton;
class QSplitter;

namespace evolute::widgets {
class CurvePlot;
class LinePlot;
class PathsPlot;
} // namespace evolute::widgets

namespace evolute::app {

/// The Compare tab: the runs of a family on the left, coloured by their parameter; on the right what they
/// have in common and where they part.
class ComparePage : public PanePage {
  Q_OBJECT
public:
  ComparePage(FamilySession &family, ViewState &view, QWidget *parent = nullptr);

  const QListWidget &runs() const { return *m_runs; } ///< an item a run, its folder in Qt::UserRole

Q_SIGNALS:
  void chooseFamilyRequested();
  void runRequested(const QString &folder); ///< to be opened as the one run
  void runsListed();                        ///< or their colours changed

protected:
  void arrange() override;
  void changeEvent(QEvent *event) override;

private:
  QWidget *makeLeft();
  QWidget *makeRight();
  void fillRuns();
  void showResult();
  void showState();

  FamilySession &m_family;
  ViewState &m_view;
  QListWidget *m_runs;
  QComboBox *m_weighting, *m_plane, *m_tasks;
  QLabel *m_heading, *m_state;
  QPushButton *m_cancel;
  widgets::PathsPlot *m_joint, *m_distance, *m_phase;
  widgets::CurvePlot *m_ood;
  widgets::LinePlot *m_loss, *m_llc;
  QWidget *m_left;
  std::vector<QColor> m_colors;
  std::set<std::size_t> m_hidden;
};

} // namespace evolute::app

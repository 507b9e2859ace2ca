// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDockWidget>

#include "app/session/run_session.h"

class QGridLayout;
class QLabel;
class QPushButton;

namespace evolute::app {

struct EstimateSet;

/// What is known at the time cursor: the checkpoint, and λ̂ of the chosen component with the evidence for it.
class InspectorDock : public QDockWidget {
  Q_OBJECT
public:
  explicit InspectorDock(RunSession &session, QWidget *parent = nullptr);
  QString
  valueOf(const QString &field) const; ///< text shown for "step", "llc", "rhat", ...; empty when hidden

public Q_SLOTS:
  void setComponent(const QString &component);
  void setEstimateSet(const QString &key);
  void refresh();

Q_SIGNALS:
  void computeHereRequested();

private:
  QLabel *heading(const QString &text);
  void row(const QString &field, const QString &label, const QString &tip);
  void put(const QString &field, const QString &text);
  void showCheckpoint();
  void showEstimate(const core::LlcEstimate *estimate);

  RunSession &m_session;
  QString m_component = QStringLiteral("all");
  QString m_setKey;
  QGridLayout *m_grid;
  std::map<QString, std::pair<QLabel *, QLabel *>> m_rows; // label, value
  QLabel *m_missing, *m_verdict, *m_settingsHeading;
  QPushButton *m_compute;
};

} // namespace evolute::app

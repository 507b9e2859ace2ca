// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QAbstractTableModel>

#include "core/stages/milestones.h"
#include "core/stages/stage_set.h"

namespace evolute::app {

/// The stages as rows. Editing a cell asks for the change by a signal and changes nothing itself: the answer
/// is new stages.
class StageTableModel : public QAbstractTableModel {
  Q_OBJECT
public:
  enum Column { Stage, Name, Label, Probability, Change, From, To, Interval, RestsOn, Note, ColumnCount };

  using QAbstractTableModel::QAbstractTableModel;
  /// `changes`: what the curve does in each stage, as many as there are stages; empty while it is not known.
  void setStages(const core::StageSet &set, const std::vector<core::StageChange> &changes);
  void clear();

  int rowCount(const QModelIndex &parent = {}) const override;
  int columnCount(const QModelIndex &parent = {}) const override;
  QVariant data(const QModelIndex &index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex &index) const override;
  bool setData(const QModelIndex &index, const QVariant &value, int role) override;

Q_SIGNALS:
  void nameEdited(int stage, const QString &name);
  void typeEdited(int stage, evolute::core::StageType type);
  void edgeEdited(int edge, qint64 step);
  void noteEdited(int stage, const QString &note);

private:
  QString textOf(std::size_t stage, Column column) const;
  QString tipOf(std::size_t stage, Column column) const;
  core::StageSet m_set; // without stages: an empty table
  std::vector<core::StageChange> m_changes;
};

} // namespace evolute::app

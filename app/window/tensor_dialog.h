// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "core/model/tensor_fit.h"

class QCheckBox;
class QLabel;
class QPushButton;
class QStandardItemModel;
class QTableView;

namespace evolute::app {

/// Tensors that the model expects and those of one checkpoint, under the file's own names.
struct TensorNames {
  QString file;
  std::vector<core::ParameterShape> expected;
  std::vector<core::ArrayInfo> found;
  core::TensorMapping mapping; ///< in force
};

/// What the model expects beside what the files hold, with the nearest names where the two do not meet. The names in
/// the column "In the file" are chosen from a list, and kept with the run.
class TensorDialog : public QDialog {
  Q_OBJECT
public:
  enum Column { Expected, ExpectedShape, InFile, FileShape, State, Columns };

  explicit TensorDialog(TensorNames names, QWidget *parent = nullptr);

  const core::TensorMapping &mapping() const { return m_mapping; } ///< as chosen so far
  /// Takes `inFile` for `expected`; an empty name takes what is called `expected` itself.
  void choose(const std::string &expected, const std::string &inFile);
  void propose(); ///< maps what fits without doubt
  /// What can stand for `expected`: the nearest unused names first, then every other of the file's.
  QStringList choicesFor(const std::string &expected) const;
  QString summary() const;
  QTableView *table() const { return m_table; }

private:
  void showFit();

  TensorNames m_names;
  core::TensorMapping m_mapping;
  core::TensorFit m_fit;
  QLabel *m_summary;
  QTableView *m_table;
  QStandardItemModel *m_model;
  QCheckBox *m_problemsOnly;
  QPushButton *m_save;
};

} // namespace evolute::app

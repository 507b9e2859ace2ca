// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "core/training/trainer.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace evolute::app {

class FieldForm;
class NumberEdit;

/// Asks what to train and where. A folder with an unfinished run of the same settings is resumed.
class NewTrainingDialog : public QDialog {
  Q_OBJECT
public:
  /// `parentFolder`: where new runs are proposed.
  explicit NewTrainingDialog(const QString &parentFolder, QWidget *parent = nullptr);

  core::TrainSettings settings() const;
  QString folder() const; ///< absolute
  bool isUsable() const;

private:
  void buildForm();
  void showSettings(const core::TrainSettings &settings);
  void presetChosen(int index);
  void proposeFolder();
  void chooseFolder();
  void review();

  QString m_parentFolder;
  core::TrainSettings m_base; // fields that the dialog does not show
  FieldForm *m_form;
  QComboBox *m_preset, *m_schedule;
  QSpinBox *m_steps, *m_batch, *m_logarithmic, *m_linear, *m_logEvery;
  NumberEdit *m_rate;
  QLineEdit *m_seed, *m_folder, *m_widths;
  QSpinBox *m_dimension, *m_pairs, *m_modelWidth, *m_heads, *m_layers, *m_rank;
  QLabel *m_source, *m_outcome;
  QPushButton *m_start;
  bool m_folderTyped = false, m_filling = false;
};

} // namespace evolute::app

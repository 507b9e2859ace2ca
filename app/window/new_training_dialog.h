// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QDialog>

#include "core/training/language_data.h"
#include "core/training/trainer.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace evolute::app {

class FieldForm;
class NumberEdit;
struct FieldProblem;

/// Asks what to train and where. A folder with an unfinished run of the same settings is resumed.
class NewTrainingDialog : public QDialog {
  Q_OBJECT
public:
  /// `parentFolder`: where new runs are proposed.
  explicit NewTrainingDialog(const QString &parentFolder, QWidget *parent = nullptr);

  core::TrainSettings settings() const;
  QString folder() const;   ///< absolute
  QString dataFile() const; ///< of a language model, absolute; else empty
  bool isUsable() const;

private:
  void buildForm();
  void addLanguageFields();
  void showSettings(const core::TrainSettings &settings);
  void presetChosen(int index);
  void proposeFolder();
  void chooseFolder();
  void chooseData();
  void review();
  void readData(); ///< anew where what it depends on has changed: of the files, the headers alone
  QList<FieldProblem> dataProblems() const;
  QString outcomeOf(const core::TrainSettings &settings) const;

  QString m_parentFolder;
  core::TrainSettings m_base; // fields that the dialog does not show
  FieldForm *m_form;
  QComboBox *m_preset, *m_schedule;
  QSpinBox *m_steps, *m_batch, *m_logarithmic, *m_linear, *m_logEvery;
  NumberEdit *m_rate;
  QLineEdit *m_seed, *m_folder, *m_widths;
  QSpinBox *m_dimension, *m_pairs, *m_modelWidth, *m_heads, *m_layers, *m_rank, *m_vocabulary, *m_context;
  QLineEdit *m_dataFile;
  QComboBox *m_positions;
  QLabel *m_source, *m_outcome;
  QPushButton *m_start;
  bool m_folderTyped = false, m_filling = false;
  core::LanguageData m_data; ///< what the last reading found; no slices where it failed
  QString m_dataProblem;
  struct DataKey {
    QString file;
    int vocabulary = 0, context = 0;
    bool operator==(const DataKey &) const = default;
  };
  std::optional<DataKey> m_dataRead;
};

} // namespace evolute::app

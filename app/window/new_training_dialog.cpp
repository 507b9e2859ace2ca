// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/new_training_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/window/field_form.h"
#include "app/window/plain_text.h"
#include "core/error.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QSpinBox *spin(int high) {
  auto *box = new QSpinBox;
  box->setRange(0, high); // 0 can be typed: the sentence beside the field says what is wrong with it
  box->setGroupSeparatorShown(true);
  box->setMinimumWidth(130);
  return box;
}

bool isRegression(const core::TrainSettings &settings) {
  return settings.task == "icl-regression";
}

bool isLanguage(const core::TrainSettings &settings) {
  return settings.task == "language-model";
}

/// A line with a button that opens a dialog.
QWidget *withButton(QLineEdit *edit, QToolButton *button, const QString &tip) {
  auto *both = new QWidget;
  auto *row = new QHBoxLayout(both);
  row->setContentsMargins(0, 0, 0, 0);
  edit->setMinimumWidth(320);
  button->setText(u"…"_s);
  button->setToolTip(tip);
  button->setAccessibleName(tip);
  row->addWidget(edit, 1);
  row->addWidget(button);
  both->setFocusProxy(edit);
  return both;
}

} // namespace

NewTrainingDialog::NewTrainingDialog(const QString &parentFolder, QWidget *parent)
    : QDialog(parent), m_parentFolder(parentFolder) {
  setObjectName(u"newTrainingDialog"_s);
  setWindowTitle(tr("New training run"));
  m_source = new QLabel;
  m_source->setWordWrap(true);
  m_source->setForegroundRole(QPalette::PlaceholderText);
  buildForm();
  m_outcome = new QLabel;
  m_outcome->setObjectName(u"outcome"_s);
  m_outcome->setWordWrap(true);
  auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_start = buttons->addButton(tr("Train"), QDialogButtonBox::AcceptRole);
  m_start->setObjectName(u"start"_s);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto *layout = new QVBoxLayout(this);
  layout->addWidget(m_form);
  layout->addWidget(m_source);
  layout->addStretch();
  layout->addWidget(m_outcome);
  layout->addWidget(buttons);
  presetChosen(0);
  resize(sizeHint().expandedTo(QSize(600, 0)));
}

void NewTrainingDialog::buildForm() {
  m_form = new FieldForm;
  m_preset = new QComboBox;
  const std::vector<core::TrainPreset> &presets = core::trainPresets();
  for (std::size_t i = 0; i < presets.size(); ++i)
    m_preset->addItem(QString::fromStdString(presets[i].name), int(i));
  m_form->addField(u"task"_s, tr("&Task"), m_preset);
  addLanguageFields();
  m_form->addHeading(tr("Model"));
  m_form->addField(u"taskDimension"_s, tr("Task dimension &D"), m_dimension = spin(1024));
  m_form->addField(u"contextPairs"_s, tr("Context pairs &K"), m_pairs = spin(4096));
  m_form->addField(u"modelWidth"_s, tr("&Width d_model"), m_modelWidth = spin(65536));
  m_form->addField(u"heads"_s, tr("&Heads"), m_heads = spin(1024));
  m_form->addField(u"layers"_s, tr("&Layers"), m_layers = spin(1024));
  m_form->addField(u"context"_s, tr("Conte&xt"), m_context = spin(1 << 20), tr("tokens a sequence"));
  m_positions = new QComboBox;
  m_positions->addItems({u"shortformer"_s, u"standard"_s});
  m_positions->setToolTip(
      tr("shortformer: position embeddings for queries and keys alone; standard: added to the tokens"));
  m_form->addField(u"positions"_s, tr("&Positions"), m_positions);
  m_form->addField(u"widths"_s, tr("Layer w&idths"), m_widths = new QLineEdit, tr("input, hidden …, output"));
  m_form->addField(u"rank"_s, tr("&Rank of the true map"), m_rank = spin(65536));
  m_form->addHeading(tr("Training"));
  m_form->addField(u"steps"_s, tr("&Steps"), m_steps = spin(1'000'000'000));
  m_form->addField(u"batchSize"_s, tr("&Batch"), m_batch = spin(1 << 24));
  m_form->addField(u"learningRate"_s, tr("Learning r&ate"), m_rate = new NumberEdit);
  m_schedule = new QComboBox;
  m_schedule->addItems({u"triangle"_s, u"constant"_s});
  m_form->addField(u"schedule"_s, tr("Schedule"), m_schedule);
  m_form->addField(u"seed"_s, tr("S&eed"), m_seed = new QLineEdit);
  m_form->addHeading(tr("What is kept"));
  m_form->addField(u"linearCheckpoints"_s, tr("Checkpoints, e&ven"), m_linear = spin(1'000'000));
  m_form->addField(u"logarithmicCheckpoints"_s, tr("Checkpoints, even in lo&g t"),
                   m_logarithmic = spin(1'000'000), tr("the union is taken"));
  m_form->addField(u"logEvery"_s, tr("Steps between log rows"), m_logEvery = spin(1'000'000));
  m_folder = new QLineEdit;
  m_folder->setObjectName(u"folder"_s);
  auto *choose = new QToolButton;
  m_form->addField(u"folder"_s, tr("&Folder"), withButton(m_folder, choose, tr("Choose the folder")));

  connect(m_preset, &QComboBox::activated, this, &NewTrainingDialog::presetChosen);
  connect(choose, &QToolButton::clicked, this, &NewTrainingDialog::chooseFolder);
  connect(m_folder, &QLineEdit::textEdited, this, [this] { m_folderTyped = true; });
  for (QLineEdit *edit : {static_cast<QLineEdit *>(m_rate), m_seed, m_widths})
    connect(edit, &QLineEdit::textChanged, this, [this] {
      proposeFolder();
      review();
    });
  connect(m_folder, &QLineEdit::textChanged, this, &NewTrainingDialog::review);
  connect(m_dataFile, &QLineEdit::textChanged, this, &NewTrainingDialog::review);
  for (QSpinBox *box : {m_steps, m_batch, m_logarithmic, m_linear, m_logEvery, m_dimension, m_pairs,
                        m_modelWidth, m_heads, m_layers, m_rank, m_vocabulary, m_context})
    connect(box, &QSpinBox::valueChanged, this, &NewTrainingDialog::review);
  for (QComboBox *box : {m_schedule, m_positions})
    connect(box, &QComboBox::currentIndexChanged, this, &NewTrainingDialog::review);
}

void NewTrainingDialog::addLanguageFields() {
  m_dataFile = new QLineEdit;
  m_dataFile->setObjectName(u"dataFile"_s);
  m_dataFile->setPlaceholderText(tr("data.toml of evolute-cli tokenize, or one token array"));
  auto *choose = new QToolButton;
  m_form->addField(u"data"_s, tr("T&okens"), withButton(m_dataFile, choose, tr("Choose the tokens")));
  m_form->addField(u"vocabulary"_s, tr("Vocab&ulary"), m_vocabulary = spin(1 << 24),
                   tr("how many tokens there are"));
  m_vocabulary->setSpecialValueText(tr("as the data say"));
  connect(choose, &QToolButton::clicked, this, &NewTrainingDialog::chooseData);
}

void NewTrainingDialog::presetChosen(int index) {
  const core::TrainPreset &preset = core::trainPresets().at(std::size_t(m_preset->itemData(index).toInt()));
  m_source->setText(QString::fromStdString(preset.source));
  m_base = preset.settings;
  showSettings(preset.settings);
  const bool regression = isRegression(m_base), language = isLanguage(m_base);
  for (const QString &field : {u"taskDimension"_s, u"contextPairs"_s})
    m_form->setFieldVisible(field, regression);
  for (const QString &field : {u"data"_s, u"vocabulary"_s, u"context"_s, u"positions"_s})
    m_form->setFieldVisible(field, language);
  for (const QString &field : {u"modelWidth"_s, u"heads"_s, u"layers"_s})
    m_form->setFieldVisible(field, regression || language);
  for (const QString &field : {u"widths"_s, u"rank"_s})
    m_form->setFieldVisible(field, !regression && !language);
  proposeFolder();
  review();
}

void NewTrainingDialog::showSettings(const core::TrainSettings &settings) {
  m_filling = true;
  m_dimension->setValue(settings.taskDimension);
  m_pairs->setValue(settings.contextPairs);
  m_modelWidth->setValue(settings.modelWidth);
  m_heads->setValue(settings.heads);
  m_layers->setValue(settings.layers);
  m_context->setValue(int(settings.language.context));
  m_positions->setCurrentText(QString::fromStdString(settings.language.positions));
  QStringList widths;
  for (std::int64_t width : settings.widths)
    widths << QString::number(width);
  m_widths->setText(widths.join(u", "_s));
  m_rank->setValue(int(settings.rank));
  m_steps->setValue(int(settings.steps));
  m_batch->setValue(settings.batchSize);
  m_rate->setValue(settings.learningRate);
  m_schedule->setCurrentText(QString::fromStdString(settings.schedule));
  m_seed->setText(QString::number(settings.seed));
  m_linear->setValue(settings.linearCheckpoints);
  m_logarithmic->setValue(settings.logarithmicCheckpoints);
  m_logEvery->setValue(settings.logEvery);
  m_filling = false;
}

core::TrainSettings NewTrainingDialog::settings() const {
  core::TrainSettings settings = m_base;
  settings.taskDimension = m_dimension->value();
  settings.contextPairs = m_pairs->value();
  settings.modelWidth = m_modelWidth->value();
  settings.heads = m_heads->value();
  settings.layers = m_layers->value();
  if (isLanguage(settings)) {
    settings.language.data = m_data.slices;
    settings.language.vocabulary = m_data.vocabulary;
    settings.language.context = m_context->value();
    settings.language.positions = m_positions->currentText().toStdString();
  }
  settings.widths.clear();
  for (const QString &width : m_widths->text().split(u',', Qt::SkipEmptyParts))
    settings.widths.push_back(width.trimmed().toLongLong()); // 0 for what is no number: problems() objects
  settings.rank = m_rank->value();
  settings.steps = m_steps->value();
  settings.batchSize = m_batch->value();
  settings.learningRate = m_rate->value();
  settings.schedule = m_schedule->currentText().toStdString();
  settings.seed = m_seed->text().trimmed().toULongLong();
  settings.linearCheckpoints = m_linear->value();
  settings.logarithmicCheckpoints = m_logarithmic->value();
  settings.logEvery = m_logEvery->value();
  return settings;
}

QString NewTrainingDialog::folder() const {
  const QString typed = m_folder->text().trimmed();
  return typed.isEmpty() ? QString() : QDir::cleanPath(QDir(m_parentFolder).absoluteFilePath(typed));
}

QString NewTrainingDialog::dataFile() const {
  const QString typed = m_dataFile->text().trimmed();
  return typed.isEmpty() || !isLanguage(m_base)
             ? QString()
             : QDir::cleanPath(QDir(m_parentFolder).absoluteFilePath(typed));
}

bool NewTrainingDialog::isUsable() const {
  return m_start->isEnabled();
}

void NewTrainingDialog::proposeFolder() {
  if (m_folderTyped)
    return;
  const QString name = u"%1-seed%2"_s.arg(m_preset->currentText(), m_seed->text().trimmed());
  m_folder->setText(QDir::toNativeSeparators(QDir(m_parentFolder).filePath(name)));
}

void NewTrainingDialog::chooseFolder() {
  const QString chosen = QFileDialog::getExistingDirectory(this, tr("Folder of the run"), m_parentFolder);
  if (chosen.isEmpty())
    return;
  m_folderTyped = true;
  m_folder->setText(QDir::toNativeSeparators(chosen));
}

void NewTrainingDialog::chooseData() {
  const QString chosen = QFileDialog::getOpenFileName(this, tr("Tokens to train on"), m_parentFolder,
                                                      tr("Tokens (*.toml *.npy *.safetensors *.pt)"));
  if (!chosen.isEmpty())
    m_dataFile->setText(QDir::toNativeSeparators(chosen));
}

void NewTrainingDialog::readData() {
  const DataKey key{dataFile(), m_vocabulary->value(), m_context->value()};
  if (m_dataRead == key)
    return;
  m_dataRead = key;
  m_data = {};
  m_dataProblem.clear();
  if (!QFileInfo(key.file).isFile() || key.context < 2) // sentences of their own
    return;
  try {
    m_data = core::readLanguageData(key.file.toStdString(), key.vocabulary, key.context,
                                    m_base.language.evaluationSequences);
  } catch (const core::Error &error) {
    m_dataProblem = QString::fromUtf8(error.what());
  }
}

QList<FieldProblem> NewTrainingDialog::dataProblems() const {
  const QFileInfo file(dataFile());
  if (dataFile().isEmpty())
    return {{u"data"_s,
             tr("A language model needs tokens to train on; “evolute-cli tokenize” makes them from text.")}};
  if (!file.isFile())
    return {{u"data"_s, tr("There is no such file.")}};
  if (m_vocabulary->value() == 0 && file.suffix() != u"toml")
    return {{u"vocabulary"_s,
             tr("A token array does not say how many tokens there are; expected their number.")}};
  if (!m_dataProblem.isEmpty())
    return {{u"data"_s, m_dataProblem}};
  return {};
}

QString NewTrainingDialog::outcomeOf(const core::TrainSettings &settings) const {
  const auto kept =
      core::checkpointGrid(settings.steps, settings.linearCheckpoints, settings.logarithmicCheckpoints);
  QString text = tr("%1 steps, %2 checkpoints.")
                     .arg(groupedText(settings.steps), groupedText(std::int64_t(kept.size())));
  if (!isLanguage(settings))
    return text;
  QStringList measured;
  for (const auto &[name, table] : settings.language.data)
    if (name != "train")
      measured << QString::fromStdString(name);
  return text + u' ' +
         tr("Vocabulary %1; the loss is measured on %2.")
             .arg(groupedText(settings.language.vocabulary), measured.join(u", "_s));
}

void NewTrainingDialog::review() {
  if (m_filling)
    return;
  readData();
  const core::TrainSettings current = settings();
  QList<FieldProblem> problems = fieldProblems(current.problems());
  if (isLanguage(current) &&
      m_data.slices.empty()) { // what the fields of the form say of it is nearer to the cause
    erase_if(problems, [](const FieldProblem &p) { return p.field == u"data" || p.field == u"vocabulary"; });
    problems << dataProblems();
  }
  bool seedOk = false;
  m_seed->text().trimmed().toULongLong(&seedOk);
  if (!seedOk)
    problems << FieldProblem{u"seed"_s, tr("The seed must be a whole number, 0 or more."), true};
  const QFileInfo place(folder());
  if (folder().isEmpty())
    problems << FieldProblem{u"folder"_s, tr("The run needs a folder."), true};
  else if (place.exists() && !place.isDir())
    problems << FieldProblem{u"folder"_s, tr("This is a file, not a folder."), true};
  else if (place.isDir() && !QFileInfo::exists(QDir(folder()).filePath(u"run.toml"_s)) &&
           !QDir(folder()).isEmpty())
    problems << FieldProblem{u"folder"_s, tr("The folder holds other files; choose an empty or a new one."),
                             true};
  m_form->showProblems(problems);

  bool fatal = false;
  for (const FieldProblem &problem : problems)
    fatal = fatal || problem.fatal;
  m_start->setEnabled(!fatal);
  if (fatal) {
    m_outcome->setText(tr("Mend what is marked ✕ to start."));
    return;
  }
  const QString outcome = outcomeOf(current);
  m_outcome->setText(QFileInfo::exists(QDir(folder()).filePath(u"run.toml"_s))
                         ? outcome + u' ' +
                               tr("The folder holds a run: it is resumed if its settings are these.")
                         : outcome + u' ' + tr("The window follows it from the first checkpoint on."));
}

} // namespace evolute::app

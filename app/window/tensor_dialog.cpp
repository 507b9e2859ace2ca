// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/tensor_dialog.h"

#include <algorithm>

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kExpectedRole = Qt::UserRole; // expected name of a row; empty where the file's is left over

/// A list of names in place of a cell.
class NameDelegate : public QStyledItemDelegate {
public:
  explicit NameDelegate(TensorDialog *dialog) : QStyledItemDelegate(dialog), m_dialog(dialog) {}

  QWidget *createEditor(QWidget *parent, const QStyleOptionViewItem &, const QModelIndex &index) const override {
    auto *box = new QComboBox(parent);
    box->addItem(TensorDialog::tr("(its own name)"), QString());
    for (const QString &name : m_dialog->choicesFor(index.data(kExpectedRole).toString().toStdString()))
      box->addItem(name, name);
    return box;
  }
  void setEditorData(QWidget *editor, const QModelIndex &index) const override {
    auto *box = static_cast<QComboBox *>(editor);
    box->setCurrentIndex(std::max(0, box->findData(index.data(Qt::EditRole))));
    box->showPopup();
  }
  void setModelData(QWidget *editor, QAbstractItemModel *, const QModelIndex &index) const override {
    m_dialog->choose(index.data(kExpectedRole).toString().toStdString(),
                     static_cast<QComboBox *>(editor)->currentData().toString().toStdString());
  }

private:
  TensorDialog *m_dialog;
};

QString stateText(core::TensorFitRow::State state) {
  using State = core::TensorFitRow::State;
  switch (state) {
  case State::Fits: return TensorDialog::tr("fits");
  case State::OtherShape: return TensorDialog::tr("other shape");
  case State::Missing: return TensorDialog::tr("missing");
  case State::Unused: return TensorDialog::tr("not used");
  }
  return {};
}

} // namespace

TensorDialog::TensorDialog(TensorNames names, QWidget *parent)
    : QDialog(parent), m_names(std::move(names)), m_mapping(m_names.mapping) {
  setWindowTitle(tr("Tensors of the files"));
  m_summary = new QLabel;
  m_summary->setObjectName(u"tensorSummary"_s);
  m_summary->setWordWrap(true);
  m_problemsOnly = new QCheckBox(tr("&Only what does not fit"));
  m_problemsOnly->setObjectName(u"tensorProblemsOnly"_s);
  auto *proposal = new QPushButton(tr("&Propose names"));
  proposal->setObjectName(u"tensorPropose"_s);
  proposal->setToolTip(tr("Maps what is missing where one name fits without doubt: the same shape, the same numbers"));
  m_model = new QStandardItemModel(this);
  m_table = new QTableView;
  m_table->setObjectName(u"tensorTable"_s);
  m_table->setAccessibleName(tr("Expected and found tensors"));
  m_table->setModel(m_model);
  m_table->setItemDelegateForColumn(InFile, new NameDelegate(this));
  m_table->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::SelectedClicked |
                           QAbstractItemView::EditKeyPressed);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setAlternatingRowColors(true);
  m_table->verticalHeader()->hide();
  auto *buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel);
  m_save = buttons->button(QDialogButtonBox::Save);
  auto *row = new QHBoxLayout;
  row->addWidget(m_problemsOnly);
  row->addStretch(1);
  row->addWidget(proposal);
  auto *column = new QVBoxLayout(this);
  column->addWidget(m_summary);
  column->addLayout(row);
  column->addWidget(m_table, 1);
  column->addWidget(buttons);
  connect(m_problemsOnly, &QCheckBox::toggled, this, &TensorDialog::showFit);
  connect(proposal, &QPushButton::clicked, this, &TensorDialog::propose);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  showFit();
  m_problemsOnly->setChecked(!m_fit.fits());
  resize(900, 560);
}

void TensorDialog::choose(const std::string &expected, const std::string &inFile) {
  if (inFile.empty() || inFile == expected)
    m_mapping.erase(expected);
  else
    m_mapping[expected] = inFile;
  showFit();
}

void TensorDialog::propose() {
  m_mapping = core::proposedMapping(m_names.expected, m_names.found, m_mapping);
  showFit();
}

QStringList TensorDialog::choicesFor(const std::string &expected) const {
  QStringList names;
  for (const core::TensorFitRow &row : m_fit.rows)
    if (row.expected == expected)
      for (const std::string &name : row.nearest)
        names << QString::fromStdString(name);
  for (const core::ArrayInfo &info : m_names.found)
    if (const QString name = QString::fromStdString(info.name); !names.contains(name))
      names << name;
  return names;
}

QString TensorDialog::summary() const {
  using Fit = core::TensorFitRow::State;
  const auto count = [&](Fit state) {
    return int(std::count_if(m_fit.rows.begin(), m_fit.rows.end(),
                             [&](const core::TensorFitRow &row) { return row.state == state; }));
  };
  if (m_fit.fits())
    return tr("All %n expected tensor(s) are in %1.", nullptr, int(m_names.expected.size())).arg(m_names.file);
  return tr("%1: of %2 expected tensors %3 are missing and %4 have another shape; %5 of the file's are not used. Choose "
            "in the column “In the file” what stands for them.")
      .arg(m_names.file)
      .arg(m_names.expected.size())
      .arg(count(Fit::Missing))
      .arg(count(Fit::OtherShape))
      .arg(count(Fit::Unused));
}

void TensorDialog::showFit() {
  m_fit = core::fitTensors(m_names.expected, m_names.found, m_mapping);
  m_summary->setText(summary());
  m_save->setEnabled(m_mapping != m_names.mapping);
  m_model->clear();
  m_model->setHorizontalHeaderLabels(
      {tr("Expected"), tr("Shape"), tr("In the file"), tr("Shape"), tr("State, nearest names")});
  for (const core::TensorFitRow &row : m_fit.rows) {
    const bool fits = row.state == core::TensorFitRow::State::Fits;
    if (fits && m_problemsOnly->isChecked())
      continue;
    QString state = stateText(row.state);
    QStringList nearest;
    for (const std::string &name : row.nearest)
      nearest << QString::fromStdString(name);
    if (!nearest.isEmpty())
      state += tr("; nearest: %1").arg(nearest.join(u", "_s));
    const auto shape = [](const std::string &name, const std::vector<std::int64_t> &of) {
      return name.empty() ? QString() : QString::fromStdString(core::shapeText(of)).replace(u" x "_s, u" × "_s);
    };
    const QStringList texts = {QString::fromStdString(row.expected), shape(row.expected, row.expectedShape),
                               QString::fromStdString(row.found), shape(row.found, row.foundShape), state};
    QList<QStandardItem *> items;
    for (int column = 0; column < Columns; ++column) {
      auto *item = new QStandardItem(texts[column]);
      item->setData(QString::fromStdString(row.expected), kExpectedRole);
      item->setEditable(column == InFile && !row.expected.empty());
      if (fits) // what needs a look stands out
        item->setForeground(palette().brush(QPalette::PlaceholderText));
      items << item;
    }
    m_model->appendRow(items);
  }
  m_table->resizeColumnsToContents();
  m_table->horizontalHeader()->setStretchLastSection(true);
}

} // namespace evolute::app

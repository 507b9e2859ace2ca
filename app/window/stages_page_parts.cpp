// SPDX-License-Identifier: GPL-3.0-or-later
// The part of StagesPage that makes its pieces.
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "app/window/stage_commands.h"
#include "app/window/stage_table_model.h"
#include "app/window/stages_page.h"
#include "widgets/plots/stacked_plot.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kLeftWidth = 330;

QLabel *heading(const QString &text) {
  auto *label = new QLabel(text);
  QFont bold = label->font();
  bold.setBold(true);
  label->setFont(bold);
  return label;
}

QLabel *wrapped(const QString &name) {
  auto *label = new QLabel;
  label->setObjectName(name);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return label;
}

QDoubleSpinBox *shareBox(const QString &name, double value, double least, double most, const QString &tip) {
  auto *box = new QDoubleSpinBox;
  box->setObjectName(name);
  box->setLocale(QLocale::c()); // a decimal point everywhere
  box->setDecimals(3);
  box->setRange(least, most);
  box->setSingleStep(0.01);
  box->setValue(value);
  box->setToolTip(tip);
  return box;
}

QTreeWidget *list(const QString &name, const QStringList &headers) {
  auto *tree = new QTreeWidget;
  tree->setObjectName(name);
  tree->setRootIsDecorated(false);
  tree->setHeaderLabels(headers);
  tree->setAlternatingRowColors(true);
  return tree;
}

/// A, B or other from a list.
class LabelDelegate : public QStyledItemDelegate {
public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QWidget *createEditor(QWidget *parent, const QStyleOptionViewItem &, const QModelIndex &) const override {
    auto *box = new QComboBox(parent);
    for (const core::StageType type : {core::StageType::A, core::StageType::B, core::StageType::Other})
      box->addItem(QString::fromLatin1(core::nameOf(type)));
    return box;
  }
  void setEditorData(QWidget *editor, const QModelIndex &index) const override {
    static_cast<QComboBox *>(editor)->setCurrentText(index.data(Qt::EditRole).toString());
  }
  void setModelData(QWidget *editor, QAbstractItemModel *model, const QModelIndex &index) const override {
    model->setData(index, static_cast<QComboBox *>(editor)->currentText(), Qt::EditRole);
  }
};

} // namespace

QWidget *StagesPage::makeLeft() {
  auto *body = new QWidget;
  auto *column = new QVBoxLayout(body);
  column->setContentsMargins(10, 8, 10, 8);
  column->addWidget(heading(tr("Read stages from")));
  m_source = new QComboBox;
  m_source->setObjectName(u"stageSource"_s);
  m_source->setAccessibleName(tr("Curve whose slope is read"));
  m_source->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_source->setToolTip(tr("A stage ends where the slope of this curve is credibly near zero"));
  connect(m_source, &QComboBox::activated, this, [this] { m_sourceChosen = true; });
  column->addWidget(m_source);
  const core::MilestoneSettings defaults;
  auto *form = new QFormLayout;
  m_certainty =
      shareBox(u"stageCertainty"_s, defaults.certainty, 0.5, 0.999,
               tr("Probability that an edge must have; lower finds more, also where there is nothing"));
  m_flatness = shareBox(u"stageFlatness"_s, defaults.flatness, 0.01, 0.9,
                        tr("The slope is near zero below this share of the lesser of the slopes beside it"));
  form->addRow(tr("Cer&tainty"), m_certainty);
  form->addRow(tr("F&latness"), m_flatness);
  column->addLayout(form);
  column->addSpacing(6);
  column->addWidget(heading(tr("Other evidence")));
  m_vertices = new QCheckBox(tr("&Bends of the trajectory, against random walks"));
  m_vertices->setObjectName(u"stageVertices"_s);
  m_vertices->setChecked(true);
  column->addWidget(m_vertices);
  auto *label = new QLabel(tr("Chan&ges of these metrics"));
  m_metrics = new QListWidget;
  m_metrics->setObjectName(u"stageMetrics"_s);
  m_metrics->setMaximumHeight(90);
  label->setBuddy(m_metrics);
  column->addWidget(label);
  column->addWidget(m_metrics);
  auto *buttons = new QHBoxLayout;
  m_suggest = new QPushButton(tr("S&uggest stages"));
  m_suggest->setObjectName(u"suggestStages"_s);
  m_cancel = new QPushButton(tr("Cancel"));
  m_cancel->setObjectName(u"cancelStages"_s);
  buttons->addWidget(m_suggest);
  buttons->addWidget(m_cancel);
  buttons->addStretch(1);
  column->addLayout(buttons);
  column->addWidget(m_status = wrapped(u"stageStatus"_s));
  column->addSpacing(6);
  column->addWidget(heading(tr("Proposal")));
  m_boundaries = list(u"proposedEdges"_s, {tr("Edge"), tr("95 % interval"), tr("Rests on")});
  m_boundaries->setMinimumHeight(110);
  m_boundaries->setAccessibleName(tr("Proposed edges"));
  column->addWidget(m_boundaries, 1);
  auto *accepting = new QHBoxLayout;
  m_acceptAll = new QPushButton(tr("Accept &all"));
  m_acceptAll->setObjectName(u"acceptAll"_s);
  m_accept = new QPushButton(tr("Accept this &edge"));
  m_accept->setObjectName(u"acceptEdge"_s);
  accepting->addWidget(m_acceptAll);
  accepting->addWidget(m_accept);
  accepting->addStretch(1);
  column->addLayout(accepting);
  column->addWidget(m_warnings = wrapped(u"stageWarnings"_s));
  m_warnings->setForegroundRole(QPalette::PlaceholderText);

  connect(m_suggest, &QPushButton::clicked, this, &StagesPage::suggest);
  connect(m_cancel, &QPushButton::clicked, this, [this] {
    if (m_job)
      m_job->cancel();
  });
  connect(m_acceptAll, &QPushButton::clicked, this, &StagesPage::acceptAll);
  const auto chosen = [this] { return m_boundaries->indexOfTopLevelItem(m_boundaries->currentItem()); };
  connect(m_accept, &QPushButton::clicked, this, [this, chosen] { accept(chosen()); });
  connect(m_boundaries, &QTreeWidget::itemActivated, this, [this, chosen] { accept(chosen()); });
  connect(m_boundaries, &QTreeWidget::currentItemChanged, this, [this, chosen] {
    m_accept->setEnabled(chosen() >= 0);
    if (m_proposal && chosen() >= 0)
      Q_EMIT cursorChosen(m_proposal->boundaries[std::size_t(chosen())].step);
  });
  auto *scroll = new QScrollArea;
  scroll->setWidget(body);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFixedWidth(kLeftWidth);
  return scroll;
}

QWidget *StagesPage::makeRight() {
  m_plot = new widgets::StackedPlot(2, true);
  setPanes({{u"stages.curve"_s, m_plot}}, {300, 200});
  m_plot->setEmptyText(
      {tr("No curve has been read yet."),
       tr("A stage ends where the slope of λ̂ is credibly near zero. Choose a curve on the left; what "
          "is proposed says what it rests on, and nothing is taken over before you accept it."),
       tr("Suggest stages")});
  m_model = new StageTableModel(this);
  m_table = new QTableView;
  m_table->setObjectName(u"stageTable"_s);
  m_table->setAccessibleName(tr("Stages"));
  m_table->setModel(m_model);
  m_table->setItemDelegateForColumn(StageTableModel::Label, new LabelDelegate(m_table));
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 8);
  m_table->horizontalHeader()->setStretchLastSection(true);
  m_table->setAlternatingRowColors(true);
  auto *bottom = new QSplitter(Qt::Horizontal);
  bottom->addWidget(m_table);
  bottom->addWidget(m_comparisonBox = makeComparison());
  bottom->setChildrenCollapsible(false);
  bottom->setSizes({700, 330});
  m_bottom = bottom;
  auto *rows = new QSplitter(Qt::Vertical);
  rows->addWidget(m_plot);
  rows->addWidget(bottom);
  rows->setChildrenCollapsible(false);
  rows->setSizes({480, 180});

  connect(m_plot, &widgets::PlotPane::emptyActionRequested, this, &StagesPage::suggest);
  connect(m_plot, &widgets::StackedPlot::cursorMoved, this, &StagesPage::cursorChosen);
  // Once the editor has closed: the model is set anew by what follows.
  const auto later = Qt::QueuedConnection;
  connect(m_model, &StageTableModel::nameEdited, &m_commands, &StageCommands::setName, later);
  connect(m_model, &StageTableModel::noteEdited, &m_commands, &StageCommands::setNote, later);
  connect(m_model, &StageTableModel::typeEdited, &m_commands, &StageCommands::setType, later);
  connect(m_model, &StageTableModel::edgeEdited, &m_commands, &StageCommands::moveEdge, later);
  connect(m_model, &QAbstractItemModel::modelReset, m_table, [this] { m_table->resizeColumnsToContents(); });
  return rows;
}

QWidget *StagesPage::makeComparison() {
  auto *box = new QWidget;
  auto *column = new QVBoxLayout(box);
  column->setContentsMargins(6, 2, 6, 2);
  column->addWidget(m_comparisonTitle = heading({}));
  m_comparisonTitle->setObjectName(u"comparisonTitle"_s);
  m_comparison =
      list(u"comparedEdges"_s, {tr("This run"), tr("The other"), tr("Ratio"), tr("Intervals meet")});
  m_comparison->setAccessibleName(tr("Edges beside those of the other stages"));
  column->addWidget(m_comparison, 1);
  auto *end = new QPushButton(tr("End comparison"));
  end->setObjectName(u"endComparison"_s);
  connect(end, &QPushButton::clicked, &m_commands, &StageCommands::endComparison);
  column->addWidget(end, 0, Qt::AlignLeft);
  return box;
}

} // namespace evolute::app

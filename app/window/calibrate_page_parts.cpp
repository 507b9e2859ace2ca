// SPDX-License-Identifier: GPL-3.0-or-later
// The part of CalibratePage that makes its pieces.
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

#include "app/window/calibrate_page.h"
#include "app/window/calibration_form.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kLeftWidth = 330;

QScrollArea *scrolled(QWidget *body) {
  auto *scroll = new QScrollArea;
  scroll->setWidget(body);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  return scroll;
}

QLabel *wrapped(const QString &name) {
  auto *label = new QLabel;
  label->setObjectName(name);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return label;
}

QLabel *heading(const QString &text) {
  auto *label = new QLabel(text);
  QFont bold = label->font();
  bold.setBold(true);
  label->setFont(bold);
  return label;
}

} // namespace

QWidget *CalibratePage::makeLeft() {
  auto *body = new QWidget;
  auto *column = new QVBoxLayout(body);
  column->setContentsMargins(10, 8, 10, 8);
  column->addWidget(m_form = new CalibrationForm);
  column->addSpacing(10);
  column->addWidget(heading(tr("Recommendation")));
  column->addWidget(m_reason = wrapped(u"calibrationReason"_s));
  column->addWidget(m_comparable = wrapped(u"calibrationComparable"_s));
  m_comparable->setForegroundRole(QPalette::PlaceholderText);
  auto *names = new QHBoxLayout;
  auto *label = new QLabel(tr("Preset na&me"));
  m_name = new QLineEdit(u"calibrated"_s);
  m_name->setObjectName(u"presetName"_s);
  label->setBuddy(m_name);
  names->addWidget(label);
  names->addWidget(m_name, 1);
  column->addLayout(names);
  m_use = new QPushButton(tr("&Use these settings"));
  m_use->setObjectName(u"useSettings"_s);
  column->addWidget(m_use, 0, Qt::AlignLeft);
  column->addWidget(m_storeProblem = wrapped(u"problem.presetName"_s));
  column->addStretch(1);
  connect(m_use, &QPushButton::clicked, this, &CalibratePage::store);
  connect(m_name, &QLineEdit::textChanged, this, &CalibratePage::showChoice);
  auto *scroll = scrolled(body);
  scroll->setFixedWidth(kLeftWidth);
  return scroll;
}

QWidget *CalibratePage::makeRight() {
  m_grid = new widgets::TraceGrid;
  m_grid->setTitle(tr("Cells: at each step the chains, $\\hat\\lambda$ and verdict"));
  m_arrangement = new QComboBox;
  m_arrangement->setObjectName(u"arrangement"_s);
  m_arrangement->addItem(tr("best first"));
  m_arrangement->addItem(tr("by settings, ε across"));
  m_arrangement->setToolTip(tr("Order of the panels"));
  m_arrangement->setAccessibleName(tr("Order of the panels"));
  m_grid->addTool(m_arrangement);
  m_chains = new widgets::LinePlot;
  m_chains->setTitle(tr("Chains"));
  m_running = new widgets::LinePlot;
  m_running->setTitle(tr("Running $\\hat\\lambda$ ± sd over chains"));
  m_sweep = new widgets::LinePlot;
  m_sweep->setTitle(tr("$\\hat\\lambda$ against a setting"));
  m_axis = new QComboBox;
  m_axis->setObjectName(u"sweepAxis"_s);
  m_axis->addItems({u"ε"_s, u"γ"_s, u"nβ"_s});
  m_axis->setToolTip(tr("Which setting varies; the others stay as in the chosen cell"));
  m_axis->setAccessibleName(tr("Setting that varies"));
  m_sweep->addTool(m_axis);
  for (widgets::LinePlot *plot : {m_chains, m_running, m_sweep})
    plot->setEmptyText(
        {tr("No cell chosen."), tr("Click a cell above, or move to it with the arrow keys."), {}});

  m_evidence = new QWidget;
  auto *body = new QVBoxLayout(m_evidence);
  body->setContentsMargins(10, 6, 6, 6);
  m_evidenceTitle = heading(tr("No cell chosen"));
  m_evidenceTitle->setObjectName(u"evidenceTitle"_s);
  m_evidenceTitle->setWordWrap(true);
  m_step = new QComboBox;
  m_step->setObjectName(u"evidenceStep"_s);
  m_step->setAccessibleName(tr("Checkpoint of the chosen cell"));
  m_evidenceText = wrapped(u"evidence"_s);
  m_evidenceText->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  body->addWidget(m_evidenceTitle);
  body->addWidget(m_step);
  body->addWidget(m_evidenceText, 1);
  auto *evidence = scrolled(m_evidence);
  evidence->setMinimumWidth(200);

  setPanes({{u"calibrate.cells"_s, m_grid},
            {u"calibrate.chains"_s, m_chains},
            {u"calibrate.running"_s, m_running},
            {u"calibrate.sweep"_s, m_sweep}},
           {160, 120});
  auto *detail = new QSplitter(Qt::Horizontal);
  m_detail = detail;
  for (QWidget *part : {static_cast<QWidget *>(evidence), static_cast<QWidget *>(m_chains),
                        static_cast<QWidget *>(m_running), static_cast<QWidget *>(m_sweep)})
    detail->addWidget(part);
  detail->setChildrenCollapsible(false);
  detail->setSizes({260, 300, 300, 300});
  auto *rows = new QSplitter(Qt::Vertical);
  rows->addWidget(m_grid);
  rows->addWidget(detail);
  rows->setChildrenCollapsible(false);
  rows->setSizes({360, 260});

  connect(m_grid, &widgets::TraceGrid::panelChosen, this, [this](int panel) {
    m_chosenByHand = true;
    choose(m_state.order[std::size_t(panel)]);
  });
  connect(m_grid, &widgets::TraceGrid::rowChosen, m_step, &QComboBox::setCurrentIndex);
  connect(m_grid, &widgets::PlotPane::emptyActionRequested, this, &CalibratePage::start);
  connect(m_arrangement, &QComboBox::activated, this, [this](int index) {
    m_grid->setArrangement(index == 0 ? widgets::TraceGrid::Arrangement::InOrder
                                      : widgets::TraceGrid::Arrangement::ByPlace);
  });
  connect(m_step, &QComboBox::currentIndexChanged, this, &CalibratePage::showChosen);
  connect(m_axis, &QComboBox::currentIndexChanged, this, &CalibratePage::showSweep);
  return rows;
}

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
// The part of HeadsPage that makes its pieces.
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/window/heads_page.h"
#include "widgets/plots/curve_plot.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

QWidget *HeadsPage::makeControls() {
  auto *bar = new QWidget;
  auto *row = new QHBoxLayout(bar);
  row->setContentsMargins(10, 5, 10, 5);
  const auto add = [&](const QString &text, QWidget *field, const QString &name, const QString &tip) {
    auto *label = new QLabel(text);
    label->setBuddy(field);
    field->setObjectName(name);
    field->setToolTip(tip);
    row->addWidget(label);
    row->addWidget(field);
    row->addSpacing(8);
  };
  const auto combo = [] {
    auto *box = new QComboBox;
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    return box;
  };
  add(tr("&Draw"), m_quantity = combo(), u"headQuantity"_s,
      tr("λ̂, or a metric of heads that evolute-cli metrics has stored"));
  m_quantity->addItem(u"λ̂"_s, QString());
  m_quantity->setEnabled(false);
  add(tr("&Estimates"), m_set = combo(), u"headSet"_s,
      tr("Which estimates are drawn: one data set, one choice of settings"));
  add(tr("&Beside"), m_beside = combo(), u"headBeside"_s,
      tr("A second set of estimates, dashed in the same panels: the same heads on other data"));
  add(tr("&Order"), m_order = combo(), u"headOrder"_s, tr("Order of the panels and of the map's rows"));
  m_order->addItems({tr("by name"), tr("by last value"), tr("by cluster")});
  add(tr("&Groups"), m_count = new QSpinBox, u"clusterCount"_s, tr("Number of groups"));
  m_count->setRange(1, 12);
  m_count->setValue(4);
  m_method = combo();
  m_method->addItem(tr("k-means"), int(core::ClusterMethod::KMeans));
  m_method->addItem(tr("k-means, time warping"), int(core::ClusterMethod::TimeWarpingKMeans));
  m_method->addItem(tr("by shape (k-Shape)"), int(core::ClusterMethod::Shapes));
  m_method->addItem(tr("hierarchical (Ward)"), int(core::ClusterMethod::Hierarchical));
  add(tr("b&y"), m_method, u"clusterMethod"_s, tr("How curves are grouped"));
  m_scaling = combo();
  m_scaling->addItem(tr("standardised curves"), int(core::CurveScaling::Standardise));
  m_scaling->addItem(tr("curves from 0 to 1"), int(core::CurveScaling::MinMax));
  m_scaling->addItem(tr("curves as they are"), int(core::CurveScaling::None));
  add(tr("o&f"), m_scaling, u"clusterScaling"_s,
      tr("What is taken out of each curve before curves are compared"));
  row->addWidget(m_suspects = new QCheckBox(tr("s&uspect ones too")));
  m_suspects->setObjectName(u"headSuspects"_s);
  m_suspects->setToolTip(tr("Estimates with a verdict other than ok are drawn hollow and left out of curves, map and "
                            "groups; this takes them in"));
  row->addStretch(1);
  connect(m_suspects, &QCheckBox::toggled, this, [this] {
    showHeads();
    group();
  });
  for (QComboBox *box : {m_set, m_quantity})
    connect(box, &QComboBox::activated, this, [this] {
      showHeads();
      group();
    });
  for (QComboBox *box : {m_beside, m_order})
    connect(box, &QComboBox::activated, this, &HeadsPage::showHeads);
  for (QComboBox *box : {m_method, m_scaling})
    connect(box, &QComboBox::activated, this, &HeadsPage::group);
  connect(m_count, &QSpinBox::valueChanged, this, &HeadsPage::group);
  return bar;
}

QWidget *HeadsPage::makeAttention() {
  m_attention = new widgets::MatrixPlot;
  m_attention->setTitle(tr("Attention"));
  m_attention->setEmptyText(
      {tr("No attention pattern yet."),
       tr("Language models show here what the selected head attends to at the time cursor."),
       {}});
  m_text = new QLineEdit;
  m_text->setObjectName(u"attentionText"_s);
  m_text->setPlaceholderText(tr("words or token ids; empty: a sequence of the data"));
  m_text->setAccessibleName(tr("Text that heads attend to"));
  m_sequence = new QSpinBox;
  m_sequence->setObjectName(u"attentionSequence"_s);
  m_sequence->setRange(0, 999'999);
  m_sequence->setToolTip(tr("Sequence of the data"));
  m_sequence->setAccessibleName(tr("Sequence of the data"));
  m_shade = new QComboBox;
  m_shade->setObjectName(u"attentionShade"_s);
  m_shade->addItems({tr("shade by loss"), tr("by ablation of the head")});
  m_shade->setToolTip(tr("How tokens are shaded: by their loss, or by what it rises by when the head gives its mean "
                         "over the data at each position"));
  m_shade->setAccessibleName(tr("Shade of the tokens"));
  m_tokens = new QLabel;
  m_tokens->setObjectName(u"attentionTokens"_s);
  m_tokens->setWordWrap(true);
  m_tokens->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto *box = new QWidget;
  auto *column = new QVBoxLayout(box);
  column->setContentsMargins(6, 4, 6, 4);
  auto *row = new QHBoxLayout;
  row->addWidget(m_text, 1);
  row->addWidget(m_sequence);
  row->addWidget(m_shade);
  column->addLayout(row);
  column->addWidget(m_attention, 1);
  column->addWidget(m_tokens);
  connect(m_text, &QLineEdit::editingFinished, this, &HeadsPage::askAttention);
  connect(m_sequence, &QSpinBox::valueChanged, this, &HeadsPage::askAttention);
  connect(m_shade, &QComboBox::activated, this, &HeadsPage::askAttention);
  return box;
}

QWidget *HeadsPage::makePanes() {
  m_panels = new widgets::SmallMultiples;
  m_panels->setTitle(tr("$\\hat\\lambda$ of each head, shared axes"));
  m_panels->setValueLabel(u"$\\hat\\lambda$"_s);
  m_panels->setEmptyText(
      {tr("No head has an estimate yet."),
       tr("λ̂ of each attention head over training shows which heads take up a task of their own, and when."),
       tr("Compute LLC of the heads…")});
  m_whole = new QToolButton;
  m_whole->setObjectName(u"headFullRange"_s);
  m_whole->setCheckable(true);
  m_whole->setAutoRaise(true);
  m_whole->setToolTip(
      tr("The values shown follow the estimates with verdict ok and their error bars. What lies outside "
         "is marked at the edge by a triangle. A click shows the full range, in all views of this tab."));
  m_whole->hide();
  m_panels->addTool(m_whole);
  connect(m_whole, &QToolButton::toggled, this, &HeadsPage::showHeads);
  m_overlay = new widgets::CurvePlot;
  m_overlay->setTitle(tr("All heads"));
  m_overlay->setValueLabel(u"$\\hat\\lambda$"_s);
  m_map = new widgets::MatrixPlot;
  m_map->setTitle(tr("Head × checkpoint"));
  m_centres = new widgets::LinePlot;
  m_centres->setTitle(tr("Groups: centres and members"));
  for (widgets::PlotPane *pane :
       {static_cast<widgets::PlotPane *>(m_overlay), static_cast<widgets::PlotPane *>(m_map)})
    pane->setEmptyText({tr("Nothing to draw yet."), {}, {}});
  m_centres->setEmptyText(
      {tr("No groups yet."), tr("They need estimates of several heads at three checkpoints or more."), {}});
  m_agreement = new widgets::MatrixPlot;
  m_agreement->setTitle(tr("Groups against families after scores"));
  m_composition = new widgets::MatrixPlot;
  m_composition->setTitle(tr("Composition of heads"));
  m_compositionKind = new QComboBox;
  m_compositionKind->setObjectName(u"compositionKind"_s);
  m_compositionKind->setAccessibleName(tr("Kind of composition"));
  for (const char *kind : {"k-composition", "q-composition", "v-composition", "path-ablation"})
    m_compositionKind->addItem(QString::fromLatin1(kind), QString::fromLatin1(kind));
  m_composition->addTool(m_compositionKind);
  connect(m_compositionKind, &QComboBox::activated, this, &HeadsPage::showEvidence);
  m_scatter = new widgets::LinePlot;
  m_scatter->setTitle(tr("Heads at the last step"));
  m_scatterMetric = new QComboBox;
  m_scatterMetric->setObjectName(u"scatterMetric"_s);
  m_scatterMetric->setAccessibleName(tr("Metric to draw heads over"));
  m_scatterMetric->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  m_scatter->addTool(m_scatterMetric);
  connect(m_scatterMetric, &QComboBox::activated, this, &HeadsPage::showEvidence);
  m_model = new widgets::CurvePlot;
  m_model->setTitle(tr("Scores of the model"));
  m_modelGroup = new QComboBox;
  m_modelGroup->setObjectName(u"modelMetric"_s);
  m_modelGroup->setAccessibleName(tr("Scores of the model to draw"));
  m_modelGroup->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  m_model->addTool(m_modelGroup);
  connect(m_modelGroup, &QComboBox::activated, this, [this] {
    showModelMetrics();
    m_model->fit(); // another unit
  });
  m_model->setEmptyText(
      {tr("No scores of the model yet."),
       tr("“evolute-cli metrics RUN” computes in-context learning, bigram and n-gram scores, loss by "
          "position and others, and stores the numbers with the run."),
       {}});
  for (widgets::PlotPane *pane : {static_cast<widgets::PlotPane *>(m_agreement),
                                  static_cast<widgets::PlotPane *>(m_composition),
                                  static_cast<widgets::PlotPane *>(m_scatter)})
    pane->setEmptyText({tr("No metrics of heads yet."),
                        tr("“evolute-cli metrics RUN” scores heads and stores the numbers with the run."),
                        {}});
  m_attentionBox = makeAttention();
  setPanes({{u"heads.panels"_s, m_panels},
            {u"heads.overlay"_s, m_overlay},
            {u"heads.map"_s, m_map},
            {u"heads.clusters"_s, m_centres},
            {u"heads.agreement"_s, m_agreement},
            {u"heads.composition"_s, m_composition},
            {u"heads.scatter"_s, m_scatter},
            {u"heads.attention"_s, m_attention},
            {u"heads.model"_s, m_model}},
           {180, 130});
  connectPanes();

  m_cardBox = new QWidget;
  auto *card = new QVBoxLayout(m_cardBox);
  card->setContentsMargins(10, 6, 6, 6);
  m_cardTitle = new QLabel;
  m_cardTitle->setObjectName(u"headCardTitle"_s);
  QFont bold = m_cardTitle->font();
  bold.setBold(true);
  m_cardTitle->setFont(bold);
  m_card = new QLabel;
  m_card->setObjectName(u"headCard"_s);
  m_card->setWordWrap(true);
  m_card->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  m_card->setTextInteractionFlags(Qt::TextSelectableByMouse);
  card->addWidget(m_cardTitle);
  card->addWidget(m_card, 1);

  m_more = new QTabWidget;
  m_more->setDocumentMode(true);
  m_more->setUsesScrollButtons(false); // a tab behind an arrow is not found
  m_more->setElideMode(Qt::ElideRight);
  m_more->addTab(m_centres, tr("Groups"));
  m_more->addTab(m_agreement, tr("Families"));
  m_more->addTab(m_composition, tr("Composition"));
  m_more->addTab(m_scatter, tr("Scatter"));
  m_more->addTab(m_attentionBox, tr("Attention"));
  m_more->addTab(m_model, tr("Model"));
  connect(m_more, &QTabWidget::currentChanged, this, [this] {
    showEvidence();
    askAttention();
  });
  auto *lower = new QSplitter(Qt::Horizontal);
  lower->addWidget(m_more);
  lower->addWidget(m_cardBox);
  lower->setSizes({420, 190}); // room for the names of all tabs
  auto *right = new QSplitter(Qt::Vertical);
  m_right = right;
  for (QWidget *part :
       {static_cast<QWidget *>(m_overlay), static_cast<QWidget *>(m_map), static_cast<QWidget *>(lower)})
    right->addWidget(part);
  right->setSizes({300, 260, 240});
  auto *whole = new QSplitter(Qt::Horizontal);
  whole->addWidget(m_panels);
  whole->addWidget(right);
  whole->setSizes({800, 600});
  for (QSplitter *splitter : {lower, right, whole})
    splitter->setChildrenCollapsible(false);
  return whole;
}

void HeadsPage::connectPanes() {
  connect(m_panels, &widgets::PlotPane::emptyActionRequested, this, &HeadsPage::computeRequested);
  connect(m_panels, &widgets::SmallMultiples::panelClicked, this, &HeadsPage::click);
  connect(m_panels, &widgets::SmallMultiples::panelHovered, this, &HeadsPage::highlight);
  connect(m_panels, &widgets::SmallMultiples::selectionCleared, &m_view,
          [this] { m_view.setSelectedComponents({}); });
  connect(m_panels, &widgets::SmallMultiples::cursorMoved, this, &HeadsPage::cursorChosen);
  connect(m_overlay, &widgets::CurvePlot::seriesHovered, this, &HeadsPage::highlight);
  connect(m_overlay, &widgets::CurvePlot::cursorMoved, this, &HeadsPage::cursorChosen);
  connect(m_model, &widgets::CurvePlot::cursorMoved, this, &HeadsPage::cursorChosen);
  connect(m_map, &widgets::MatrixPlot::rowHovered, this, [this](int row) {
    highlight(row < 0 || row >= int(m_mapRows.size()) ? QString() : m_mapRows[std::size_t(row)]);
  });
  connect(m_map, &widgets::MatrixPlot::rowClicked, this, [this](int row, bool add) {
    if (row < int(m_mapRows.size()))
      click(m_mapRows[std::size_t(row)], add);
  });
  connect(m_map, &widgets::MatrixPlot::columnChosen, this, [this](int column) {
    if (column < int(m_mapSteps.size()))
      Q_EMIT cursorChosen(m_mapSteps[std::size_t(column)]);
  });
}

} // namespace evolute::app

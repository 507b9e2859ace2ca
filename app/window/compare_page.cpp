// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/compare_page.h"

#include <QComboBox>
#include <QDir>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSplitter>
#include <QVBoxLayout>

#include "app/window/compare_data.h"
#include "app/window/pane_data.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/plot_style.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kFolderRole = Qt::UserRole;

QIcon swatch(const QColor &color) {
  QPixmap picture(14, 14);
  picture.fill(Qt::transparent);
  QPainter painter(&picture);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  painter.drawRoundedRect(picture.rect().adjusted(1, 1, -1, -1), 3, 3);
  return QIcon(picture);
}

} // namespace

ComparePage::ComparePage(FamilySession &family, ViewState &view, QWidget *parent)
    : PanePage(parent), m_family(family), m_view(view) {
  setObjectName(u"comparePage"_s);
  auto *row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addWidget(m_left = makeLeft());
  row->addWidget(makeRight(), 1);
  // The widest tab must not push the docks of another one aside; in its own tab there are none.
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
  connect(&m_family, &FamilySession::opened, this, [this] {
    m_hidden.clear();
    fillRuns();
    showResult();
  });
  connect(&m_family, &FamilySession::closed, this, [this] {
    fillRuns();
    showResult();
  });
  connect(&m_family, &FamilySession::changed, this, &ComparePage::showResult);
  connect(&m_family, &FamilySession::busyChanged, this, &ComparePage::showState);
  connect(&m_view, &ViewState::timeAxisChanged, this, &ComparePage::showResult);
  fillRuns();
  showResult();
}

QWidget *ComparePage::makeLeft() {
  auto *left = new QWidget;
  left->setFixedWidth(230);
  auto *column = new QVBoxLayout(left);
  column->setContentsMargins(10, 8, 8, 8);
  m_heading = new QLabel;
  QFont bold = m_heading->font();
  bold.setBold(true);
  m_heading->setFont(bold);
  m_heading->setWordWrap(true);
  m_runs = new QListWidget;
  m_runs->setObjectName(u"familyRuns"_s);
  m_runs->setAccessibleName(tr("Runs of the family"));
  m_runs->setToolTip(tr("A check mark shows a run; a double click opens it in the other tabs"));
  auto *weightingLabel = new QLabel(tr("In the joint PCA, count the &same"));
  m_weighting = new QComboBox;
  m_weighting->setObjectName(u"familyWeighting"_s);
  const std::pair<core::CurveWeighting, QString> weightings[] = {
      {core::CurveWeighting::Checkpoints, tr("every checkpoint")},
      {core::CurveWeighting::Runs, tr("every run")},
      {core::CurveWeighting::LogTime, tr("equal log(1 + step)")},
      {core::CurveWeighting::Steps, tr("equal numbers of steps")}};
  for (const auto &[weighting, text] : weightings)
    m_weighting->addItem(text, int(weighting));
  weightingLabel->setBuddy(m_weighting);
  m_state = new QLabel;
  m_state->setObjectName(u"familyState"_s);
  m_state->setWordWrap(true);
  m_state->setForegroundRole(QPalette::PlaceholderText);
  m_cancel = new QPushButton(tr("Stop"));
  m_cancel->setObjectName(u"familyCancel"_s);
  auto *open = new QPushButton(tr("Open a &family…"));
  open->setObjectName(u"openFamily"_s);
  column->addWidget(m_heading);
  column->addWidget(m_runs, 1);
  column->addWidget(weightingLabel);
  column->addWidget(m_weighting);
  column->addWidget(m_state);
  column->addWidget(m_cancel);
  column->addWidget(open);
  connect(open, &QPushButton::clicked, this, &ComparePage::chooseFamilyRequested);
  connect(m_cancel, &QPushButton::clicked, &m_family, &FamilySession::cancel);
  connect(m_weighting, &QComboBox::activated, this,
          [this] { m_family.setWeighting(core::CurveWeighting(m_weighting->currentData().toInt())); });
  connect(m_runs, &QListWidget::itemChanged, this, [this](const QListWidgetItem *item) {
    const auto member = std::size_t(m_runs->row(item));
    item->checkState() == Qt::Checked ? void(m_hidden.erase(member)) : void(m_hidden.insert(member));
    showResult();
  });
  connect(m_runs, &QListWidget::itemActivated, this,
          [this](const QListWidgetItem *item) { Q_EMIT runRequested(item->data(kFolderRole).toString()); });
  return left;
}

QWidget *ComparePage::makeRight() {
  using widgets::PlotPane;
  const auto combo = [](const QString &name, const QStringList &items, const QString &tip) {
    auto *box = new QComboBox;
    box->setObjectName(name);
    box->addItems(items);
    box->setToolTip(tip);
    box->setAccessibleName(tip);
    return box;
  };
  m_joint = new widgets::PathsPlot;
  m_joint->setTitle(tr("Joint PCA of outputs"));
  m_plane =
      combo(u"jointPlane"_s, {u"PC1 × PC2"_s, u"PC1 × PC3"_s, u"PC2 × PC3"_s}, tr("Plane that is shown"));
  m_joint->addTool(m_plane);
  m_distance = new widgets::PathsPlot;
  m_distance->setTitle(tr("Distances to predictors"));
  m_tasks = combo(u"distanceTasks"_s, {tr("fresh tasks"), tr("own tasks")},
                  tr("Sequences that distances are measured on"));
  m_distance->addTool(m_tasks);
  m_ood = new widgets::CurvePlot;
  m_ood->setTitle(tr("Loss on fresh tasks"));
  m_ood->setValueLabel(tr("Loss"));
  m_loss = new widgets::LinePlot;
  m_loss->setTitle(tr("Loss by run"));
  m_llc = new widgets::LinePlot;
  m_llc->setTitle(tr("$\\hat\\lambda$ by run"));
  m_phase = new widgets::PathsPlot;
  m_phase->setTitle(tr("Loss against $\\hat\\lambda$"));
  setPanes({{u"compare.joint"_s, m_joint},
            {u"compare.distance"_s, m_distance},
            {u"compare.ood"_s, m_ood},
            {u"compare.loss"_s, m_loss},
            {u"compare.llc"_s, m_llc},
            {u"compare.phase"_s, m_phase}},
           {160, 120});
  auto *top = new QSplitter(Qt::Horizontal), *bottom = new QSplitter(Qt::Horizontal);
  for (const NamedPane &named : panes())
    (top->count() < 3 ? top : bottom)->addWidget(named.pane);
  connect(m_joint, &PlotPane::emptyActionRequested, this, &ComparePage::chooseFamilyRequested);
  connect(m_plane, &QComboBox::activated, this, [this] {
    m_joint->fit();
    showResult();
  });
  connect(m_tasks, &QComboBox::activated, this, [this] {
    m_distance->fit();
    showResult();
  });
  auto *rows = new QSplitter(Qt::Vertical);
  rows->addWidget(top);
  rows->addWidget(bottom);
  for (QSplitter *splitter : {top, bottom, rows}) {
    splitter->setChildrenCollapsible(false);
    splitter->setSizes(QList<int>(splitter->count(), 1000)); // equal shares
  }
  rows->setSizes({1100, 900});
  return rows;
}

void ComparePage::fillRuns() {
  const QSignalBlocker quiet(m_runs);
  m_runs->clear();
  const core::Family &family = m_family.family();
  std::vector<double> values;
  for (const core::FamilyMember &member : family.members)
    values.push_back(member.value);
  m_colors = memberColors(values, palette().color(QPalette::Text).lightness() > 128);
  for (std::size_t i = 0; i < family.members.size(); ++i) {
    const core::FamilyMember &member = family.members[i];
    auto *item = new QListWidgetItem(swatch(m_colors[i]), QString::fromStdString(member.label), m_runs);
    item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
    item->setCheckState(m_hidden.contains(i) ? Qt::Unchecked : Qt::Checked);
    const QString folder = QString::fromStdString(member.run.index.root.string());
    item->setData(kFolderRole, folder);
    item->setToolTip(QDir::toNativeSeparators(folder));
  }
  m_heading->setText(!m_family.isOpen()         ? tr("No family is open")
                     : family.parameter.empty() ? tr("%n run(s)", nullptr, int(family.members.size()))
                                                : tr("%n run(s) by %1", nullptr, int(family.members.size()))
                                                      .arg(QString::fromStdString(family.parameter)));
  m_runs->setVisible(m_family.isOpen());
  Q_EMIT runsListed();
}

void ComparePage::showResult() {
  const core::FamilyResult &result = m_family.result();
  const QString what =
      m_family.isBusy() ? tr("The runs' outputs are being computed.") : tr("No family is open.");
  m_joint->setEmptyText(
      {what,
       tr("Runs that differ in one thing (number of tasks, learning rate, seed) are compared here in one "
          "space. Drop a folder of runs on the window, or several runs at once."),
       m_family.isBusy() ? QString() : tr("Open a family…")});
  const bool regression = !result.members.empty() && result.members.front().regression.has_value();
  const QString onlyRegression =
      tr("This needs runs of in-context linear regression, whose ideal predictors are known.");
  for (widgets::PlotPane *pane :
       {static_cast<widgets::PlotPane *>(m_distance), static_cast<widgets::PlotPane *>(m_ood),
        static_cast<widgets::PlotPane *>(m_loss)})
    pane->setEmptyText(
        {result.members.empty() ? tr("Nothing to compare yet.") : tr("Nothing to show for these runs."),
         onlyRegression,
         {}});
  for (widgets::PlotPane *pane :
       {static_cast<widgets::PlotPane *>(m_llc), static_cast<widgets::PlotPane *>(m_phase)})
    pane->setEmptyText(
        {tr("No estimates that compare."),
         tr("The local learning coefficient of several runs, made with the same settings: open each and "
            "compute it, or use evolute-cli llc."),
         {}});
  static constexpr std::pair<int, int> kPlanes[] = {{0, 1}, {0, 2}, {1, 2}};
  const auto [first, second] = kPlanes[std::max(0, m_plane->currentIndex())];
  const CompareView view{result, m_family.estimates(), m_colors, m_hidden, m_tasks->currentIndex() == 0};
  if (result.members.size() != m_colors.size() && !result.members.empty())
    return; // of a family that is being replaced
  m_joint->setData(jointPlane(view, first, second));
  m_distance->setData(distancePlane(view));
  m_loss->setData(lossOverParameter(view));
  m_llc->setData(llcOverParameter(view));
  m_phase->setData(lossLlcPlane(view));
  std::vector<std::int64_t> steps;
  for (const core::FamilyMemberResult &member : result.members)
    if (member.regression && member.regression->steps.size() > steps.size())
      steps = member.regression->steps;
  m_ood->setTimeAxis(widgets::TimeAxis(plotAxis(m_view.timeAxis()), steps));
  m_ood->setSeries(regression ? oodCurves(view) : std::vector<widgets::CurveSeries>());
  for (std::size_t i = 0; i < result.members.size() && int(i) < m_runs->count(); ++i) {
    const QSignalBlocker quiet(m_runs);
    const QString words = wordsOn(result.members[i]);
    m_runs->item(int(i))->setToolTip(
        QDir::toNativeSeparators(QString::fromStdString(result.members[i].folder)) +
        (words.isEmpty() ? QString() : u"\n"_s + words));
  }
  showState();
}

void ComparePage::showState() {
  m_cancel->setVisible(m_family.isBusy());
  const core::FamilyResult &result = m_family.result();
  QStringList lines;
  if (!result.members.empty()) {
    std::size_t points = 0;
    for (const core::Trajectory &curve : result.joint.curves)
      points += curve.steps.size();
    lines
        << tr("%n checkpoint(s)", nullptr, int(points)) +
               tr(" × %1 outputs, kept as %2").arg(result.features).arg(QString::fromStdString(result.plan));
    if (m_family.estimates().leftOut > 0)
      lines << tr("%n estimate(s) of other settings left out", nullptr, int(m_family.estimates().leftOut));
  }
  m_state->setText(lines.join(u'\n'));
}

void ComparePage::arrange() {
  m_left->setVisible(!isMaximised());
  for (const NamedPane &named : panes())
    named.pane->setVisible(hasRoom(named.pane));
  for (QSplitter *row :
       {qobject_cast<QSplitter *>(m_joint->parentWidget()), qobject_cast<QSplitter *>(m_llc->parentWidget())})
    row->setVisible(!isMaximised() || row->isAncestorOf(maximised()));
}

void ComparePage::changeEvent(QEvent *event) {
  if (event->type() == QEvent::PaletteChange) {
    fillRuns();
    showResult();
  }
  QWidget::changeEvent(event);
}

} // namespace evolute::app

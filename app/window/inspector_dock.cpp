// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/inspector_dock.h"

#include <algorithm>
#include <cmath>

#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "app/window/pane_data.h"
#include "app/window/plain_text.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString number(double value, int digits = 4) {
  return std::isfinite(value) ? QString::number(value, 'g', digits) : u"–"_s;
}

QString stateText(const CheckpointMark &mark) {
  switch (mark.state) {
  case CheckpointMark::State::File:
    return InspectorDock::tr("on disk, no LLC yet");
  case CheckpointMark::State::Queued:
    return InspectorDock::tr("waits for its LLC");
  case CheckpointMark::State::Computing:
    return InspectorDock::tr("LLC is being computed");
  case CheckpointMark::State::Done:
    return InspectorDock::tr("has LLC");
  case CheckpointMark::State::Failed:
    return InspectorDock::tr("failed: %1").arg(mark.reason);
  case CheckpointMark::State::Growing:
    return InspectorDock::tr("still being written");
  case CheckpointMark::State::Missing:
    return InspectorDock::tr("its file is gone");
  }
  return {};
}

} // namespace

InspectorDock::InspectorDock(RunSession &session, QWidget *parent)
    : QDockWidget(tr("Inspector"), parent), m_session(session) {
  setObjectName(u"dock.inspector"_s);
  auto *body = new QWidget;
  m_grid = new QGridLayout(body);
  m_grid->setContentsMargins(8, 8, 8, 8);
  m_grid->setVerticalSpacing(4);
  m_grid->setHorizontalSpacing(10);
  m_grid->setColumnStretch(1, 1);

  heading(tr("Checkpoint"));
  row(u"step"_s, tr("Step"), tr("Training step at the time cursor"));
  row(u"index"_s, tr("Index"), tr("Number of the checkpoint in the run"));
  row(u"file"_s, tr("File"), {});
  row(u"state"_s, tr("State"), {});
  heading(tr("Estimate"));
  row(u"component"_s, tr("Component"), tr("Chosen in the browser"));
  row(u"llc"_s, tr("LLC ± se"), tr("Local learning coefficient and its standard error"));
  row(u"sd"_s, tr("sd of chains"), tr("Spread of the chain means; not an error bar"));
  row(u"loss"_s, tr("L(w*)"), tr("Loss at the checkpoint on the whole data set"));
  m_missing = new QLabel;
  m_missing->setWordWrap(true);
  m_grid->addWidget(m_missing, m_grid->rowCount(), 0, 1, 2);
  m_compute = new QPushButton(tr("Compute LLC here…"));
  m_compute->setObjectName(u"computeHere"_s);
  m_grid->addWidget(m_compute, m_grid->rowCount(), 0, 1, 2, Qt::AlignLeft);
  heading(tr("Can it be trusted?"));
  m_verdict = new QLabel;
  m_verdict->setObjectName(u"verdict"_s);
  m_verdict->setWordWrap(true);
  m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_grid->addWidget(m_verdict, m_grid->rowCount(), 0, 1, 2);
  row(u"rhat"_s, tr("R̂"), tr("Rank-normalised split R̂ of the loss trace; near 1 when the chains agree"));
  row(u"ess"_s, tr("ESS bulk · tail"), tr("Effective draws, all chains together"));
  row(u"acceptance"_s, tr("Acceptance"), tr("Mean MALA acceptance of the proposals; about 0.9 is aimed at"));
  row(u"below"_s, tr("Below L(w*)"), tr("Share of draws whose loss lies below that of w*"));
  row(u"chains"_s, tr("Chains"), tr("LLC of each chain"));
  m_settingsHeading = heading(tr("Settings"));
  row(u"settings"_s, tr("Sampler"), {});
  row(u"hash"_s, tr("Hash"), tr("Identity of the settings; equal hash, comparable estimates"));
  row(u"seconds"_s, tr("Took"), {});
  m_grid->setRowStretch(m_grid->rowCount(), 1);

  auto *scroll = new QScrollArea;
  scroll->setWidget(body);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setMinimumWidth(230);
  setWidget(scroll);

  connect(m_compute, &QPushButton::clicked, this, &InspectorDock::computeHereRequested);
  connect(&m_session, &RunSession::opened, this, &InspectorDock::refresh);
  connect(&m_session, &RunSession::modelChanged, this, &InspectorDock::refresh);
  connect(&m_session, &RunSession::closed, this, &InspectorDock::refresh);
  connect(&m_session, &RunSession::cursorMoved, this, &InspectorDock::refresh);
  connect(&m_session, &RunSession::estimatesChanged, this, &InspectorDock::refresh);
  connect(&m_session, &RunSession::checkpointStateChanged, this, &InspectorDock::showCheckpoint);
  refresh();
}

QLabel *InspectorDock::heading(const QString &text) {
  auto *label = new QLabel(text);
  QFont bold = label->font();
  bold.setBold(true);
  label->setFont(bold);
  label->setContentsMargins(0, m_grid->count() == 0 ? 0 : 10, 0, 0);
  m_grid->addWidget(label, m_grid->rowCount(), 0, 1, 2);
  return label;
}

void InspectorDock::row(const QString &field, const QString &label, const QString &tip) {
  auto *name = new QLabel(label);
  name->setForegroundRole(QPalette::PlaceholderText);
  name->setToolTip(tip);
  auto *value = new QLabel;
  value->setObjectName(u"inspector."_s + field);
  value->setWordWrap(true);
  value->setTextInteractionFlags(Qt::TextSelectableByMouse);
  value->setToolTip(tip);
  value->setAccessibleName(label);
  const int at = m_grid->rowCount();
  m_grid->addWidget(name, at, 0, Qt::AlignTop);
  m_grid->addWidget(value, at, 1, Qt::AlignTop);
  m_rows[field] = {name, value};
}

void InspectorDock::put(const QString &field, const QString &text) {
  const auto &[name, value] = m_rows.at(field);
  value->setText(text);
  name->setVisible(!text.isEmpty());
  value->setVisible(!text.isEmpty());
}

QString InspectorDock::valueOf(const QString &field) const {
  const auto found = m_rows.find(field);
  return found == m_rows.end() || found->second.second->isHidden() ? QString() : found->second.second->text();
}

void InspectorDock::setComponent(const QString &component) {
  m_component = component;
  refresh();
}

void InspectorDock::setEstimateSet(const QString &key) {
  m_setKey = key;
  refresh();
}

void InspectorDock::refresh() {
  showCheckpoint();
  const std::vector<EstimateSet> sets = estimateSets(m_session.estimates());
  const auto chosen =
      std::find_if(sets.begin(), sets.end(), [this](const EstimateSet &s) { return s.key() == m_setKey; });
  const EstimateSet *set = sets.empty() ? nullptr : chosen == sets.end() ? &sets.front() : &*chosen;
  put(u"component"_s, m_component);
  showEstimate(set ? estimateAt(*set, m_session.cursor(), m_component.toStdString()) : nullptr);
  m_settingsHeading->setVisible(set != nullptr);
  put(u"settings"_s, set ? set->text() : QString());
  put(u"hash"_s, set ? QString::fromStdString(set->settingsHash.substr(0, 12)) : QString());
}

void InspectorDock::showCheckpoint() {
  const CheckpointMark *mark = m_session.checkpoint(m_session.cursor());
  if (!mark) {
    for (const QString &field : {u"index"_s, u"file"_s, u"state"_s})
      put(field, {});
    put(u"step"_s, tr("no checkpoint yet"));
    return;
  }
  put(u"step"_s, groupedText(mark->step));
  put(u"state"_s, stateText(*mark));
  const auto &all = m_session.checkpoints();
  put(u"index"_s, tr("%1 of %2").arg(mark - all.data() + 1).arg(all.size()));
  const auto &files = m_session.run().index.checkpoints;
  const auto file =
      std::find_if(files.begin(), files.end(), [&](const auto &entry) { return entry.step == mark->step; });
  if (file == files.end()) {
    put(u"file"_s, {});
    return;
  }
  // A zero-width space after each joint lets long names wrap.
  const QString name = QString::fromStdString(file->path.filename().string()).replace(u'_', u"_\u200b"_s);
  put(u"file"_s, u"%1, %2"_s.arg(name, QLocale(QLocale::English).formattedDataSize(qint64(file->bytes))));
}

void InspectorDock::showEstimate(const core::LlcEstimate *estimate) {
  m_compute->setVisible(!estimate);
  m_missing->setVisible(!estimate);
  m_compute->setEnabled(m_session.llcObstacle().isEmpty());
  m_compute->setToolTip(m_session.llcObstacle());
  if (!estimate) {
    m_missing->setText(tr("No LLC of %1 at this step yet.").arg(m_component));
    for (const QString &field : {u"llc"_s, u"sd"_s, u"loss"_s, u"rhat"_s, u"ess"_s, u"acceptance"_s,
                                 u"below"_s, u"chains"_s, u"seconds"_s})
      put(field, {});
    m_verdict->setText(tr("Nothing to judge yet."));
    return;
  }
  const core::LlcEstimate &e = *estimate;
  put(u"llc"_s, withErrorText(e.llc, e.standardError));
  put(u"sd"_s, number(e.sdOverChains, 3));
  put(u"loss"_s, withErrorText(e.initialLoss, e.initialLossError));
  put(u"rhat"_s, number(e.rhat));
  put(u"ess"_s, u"%1 · %2"_s.arg(number(e.essBulk, 3), number(e.essTail, 3)));
  put(u"acceptance"_s, number(e.acceptance, 3));
  put(u"below"_s, std::isfinite(e.shareBelow) ? u"%1 %"_s.arg(100 * e.shareBelow, 0, 'f', 0) : u"–"_s);
  QStringList chains;
  for (const core::ChainEvidence &chain : e.chains)
    chains << (chain.end == core::ChainEnd::Completed
                   ? number(chain.llcPaired, 3)
                   : tr("%1 (ended early)").arg(number(chain.llcPaired, 3)));
  put(u"chains"_s,
      chains.size() <= 16 ? chains.join(u"  "_s) : tr("%n chain(s)", nullptr, int(chains.size())));
  put(u"seconds"_s, durationText(e.seconds));
  m_verdict->setText(e.verdict.healthy() ? tr("✓ ok: no rule objects. %1").arg(remarkOn(e)).trimmed()
                                         : tr("⚠ %1: %2")
                                               .arg(QString::fromStdString(e.verdict.code),
                                                    remarkOn(e)));
}

} // namespace evolute::app

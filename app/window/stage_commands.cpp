// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/stage_commands.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QMenu>

#include "app/session/run_session.h"
#include "app/session/undo.h"
#include "app/window/plain_text.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

StageCommands::StageCommands(RunSession &session, QUndoStack &undo, QWidget *window, QObject *parent)
    : QObject(parent), m_session(session), m_undo(undo), m_window(window) {}

bool StageCommands::hasStages() const {
  return m_session.stages().has_value();
}

int StageCommands::stageCount() const {
  return hasStages() ? int(m_session.stages()->stages.size()) : 0;
}

int StageCommands::stageAtCursor() const {
  return hasStages() ? int(m_session.stages()->stageAt(m_session.cursor())) : -1;
}

core::StageType StageCommands::typeOf(int stage) const {
  return stage >= 0 && stage < stageCount() ? m_session.stages()->stages[std::size_t(stage)].type
                                            : core::StageType::Other;
}

void StageCommands::replace(const QString &text, const std::optional<core::StageSet> &set) {
  pushStages(m_undo, m_session, text, set);
}

void StageCommands::edit(const QString &text, const std::function<bool(core::StageSet &)> &change) {
  std::optional<core::StageSet> set = m_session.stages();
  if (set && change(*set))
    replace(text, set);
}

void StageCommands::split(std::int64_t step) {
  std::optional<core::StageSet> set = m_session.stages();
  if (!set && !m_session.checkpoints().empty())
    set = core::wholeRun(m_session.checkpoints().front().step, m_session.checkpoints().back().step);
  if (!set)
    return;
  if (core::split(*set, step))
    replace(tr("Add stage edge"), set);
  else
    Q_EMIT reported(tr("There is no room for an edge at step %1: edges lie inside the run and apart.")
                        .arg(groupedText(step)));
}

void StageCommands::splitAtCursor() {
  split(m_session.cursor());
}

void StageCommands::moveEdge(int edge, std::int64_t step) {
  edit(tr("Move stage edge"),
       [&](core::StageSet &set) { return edge >= 0 && core::moveEdge(set, std::size_t(edge), step); });
}

void StageCommands::mergeWithNext(int stage) {
  edit(tr("Merge stages"),
       [&](core::StageSet &set) { return stage >= 0 && core::merge(set, std::size_t(stage)); });
}

void StageCommands::remove(int stage) {
  edit(tr("Delete stage"), [&](core::StageSet &set) {
    if (stage < 0 || std::size_t(stage) >= set.stages.size() || set.edges.empty())
      return false;
    const std::size_t edge = stage > 0 ? std::size_t(stage) - 1 : 0;
    const core::NamedStage kept = set.stages[stage > 0 ? edge : 1];
    core::merge(set, edge); // which keeps what the longer one is called
    set.stages[edge] = kept;
    return true;
  });
}

void StageCommands::setName(int stage, const QString &name) {
  edit(tr("Rename stage"), [&](core::StageSet &set) {
    if (stage < 0 || std::size_t(stage) >= set.stages.size())
      return false;
    set.stages[std::size_t(stage)].name = name.simplified().toStdString();
    return true;
  });
}

void StageCommands::setNote(int stage, const QString &note) {
  edit(tr("Note on stage"), [&](core::StageSet &set) {
    if (stage < 0 || std::size_t(stage) >= set.stages.size())
      return false;
    set.stages[std::size_t(stage)].note = note.trimmed().toStdString();
    return true;
  });
}

void StageCommands::setType(int stage, core::StageType type) {
  edit(tr("Label stage"), [&](core::StageSet &set) {
    if (stage < 0 || std::size_t(stage) >= set.stages.size())
      return false;
    set.stages[std::size_t(stage)].type = type;
    return true;
  });
}

void StageCommands::clear() {
  replace(tr("Take all stages away"), std::nullopt);
}

void StageCommands::goToEdge(bool next) {
  if (!hasStages())
    return;
  const core::StageSet &set = *m_session.stages();
  std::vector<std::int64_t> places{set.first};
  for (const core::StageEdge &edge : set.edges)
    places.push_back(edge.step);
  places.push_back(set.last);
  // The cursor stands on checkpoints, edges lie between them: go on until it has moved.
  const std::int64_t now = m_session.cursor();
  const auto lands = [&](std::int64_t step) {
    std::int64_t nearest = now;
    for (const CheckpointMark &mark : m_session.checkpoints())
      if (std::abs(mark.step - step) < std::abs(nearest - step))
        nearest = mark.step;
    return nearest;
  };
  if (next) {
    for (const std::int64_t step : places)
      if (lands(step) > now)
        return Q_EMIT cursorChosen(step);
  } else {
    for (auto step = places.rbegin(); step != places.rend(); ++step)
      if (lands(*step) < now)
        return Q_EMIT cursorChosen(*step);
  }
}

void StageCommands::ask(const QString &title, const QString &label, const QString &now,
                        const std::function<void(const QString &)> &take) {
  auto *dialog = new QInputDialog(m_window);
  dialog->setObjectName(u"stageText"_s);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  dialog->setLabelText(label);
  dialog->setTextValue(now);
  connect(dialog, &QInputDialog::textValueSelected, this, take);
  dialog->open();
}

void StageCommands::askName(int stage) {
  if (stage < 0 || stage >= stageCount())
    return;
  const core::StageSet &set = *m_session.stages();
  ask(tr("Rename stage"), tr("Name of stage %1").arg(QString::fromStdString(set.labelOf(std::size_t(stage)))),
      QString::fromStdString(set.stages[std::size_t(stage)].name),
      [this, stage](const QString &name) { setName(stage, name); });
}

void StageCommands::askNote(int stage) {
  if (stage < 0 || stage >= stageCount())
    return;
  const core::StageSet &set = *m_session.stages();
  ask(tr("Note"), tr("Note on stage %1").arg(QString::fromStdString(set.labelOf(std::size_t(stage)))),
      QString::fromStdString(set.stages[std::size_t(stage)].note),
      [this, stage](const QString &note) { setNote(stage, note); });
}

void StageCommands::showMenu(int stage, std::int64_t step, const QPoint &globalPosition) {
  if (stage < 0 || stage >= stageCount())
    return;
  delete m_menu;
  m_menu = new QMenu(m_window);
  m_menu->setObjectName(u"stageMenu"_s);
  m_menu->setAttribute(Qt::WA_DeleteOnClose);
  m_menu->addAction(tr("Add edge at step %1").arg(groupedText(step)), this, [this, step] { split(step); });
  QAction *merge = m_menu->addAction(tr("&Merge with next"), this, [this, stage] { mergeWithNext(stage); });
  merge->setEnabled(stage + 1 < stageCount());
  m_menu->addSeparator();
  m_menu->addAction(tr("&Rename…"), this, [this, stage] { askName(stage); });
  QMenu *labels = m_menu->addMenu(tr("&Label"));
  for (const auto &[type, text] : {std::pair(core::StageType::A, tr("A: the curve rises")),
                                   std::pair(core::StageType::B, tr("B: the curve falls")),
                                   std::pair(core::StageType::Other, tr("other"))}) {
    QAction *label = labels->addAction(text, this, [this, stage, type = type] { setType(stage, type); });
    label->setCheckable(true);
    label->setChecked(typeOf(stage) == type);
  }
  m_menu->addAction(tr("&Note…"), this, [this, stage] { askNote(stage); });
  m_menu->addSeparator();
  QAction *removal = m_menu->addAction(tr("&Delete"), this, [this, stage] { remove(stage); });
  removal->setEnabled(stageCount() > 1);
  m_menu->popup(globalPosition);
}

QString StageCommands::folder() const {
  return m_session.summary().path;
}

void StageCommands::chooseImport() {
  auto *dialog = new QFileDialog(m_window, tr("Import stages"), folder(), tr("Stages (*.toml)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, &StageCommands::importFile);
  dialog->open();
}

void StageCommands::importFile(const QString &file) {
  m_session.readStages(file, this,
                       [this, file](const std::optional<core::StageSet> &set, const QString &problem) {
                         if (!set) {
                           Q_EMIT failed(problem);
                           return;
                         }
                         core::StageSet own = *set;
                         own.name = m_session.stages() ? m_session.stages()->name : "stages";
                         replace(tr("Import stages"), own);
                         Q_EMIT reported(tr("%n stage(s) taken from %1", nullptr, int(own.stages.size()))
                                             .arg(QDir::toNativeSeparators(file)));
                       });
}

void StageCommands::chooseExport() {
  auto *dialog =
      new QFileDialog(m_window, tr("Export stages"), folder() + u"/stages.toml"_s, tr("Stages (*.toml)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(u"toml"_s);
  connect(dialog, &QFileDialog::fileSelected, this, &StageCommands::exportTo);
  dialog->open();
}

void StageCommands::exportTo(const QString &file) {
  m_session.writeStages(file, this, [this, file](const QString &problem) {
    problem.isEmpty() ? Q_EMIT reported(tr("Stages written to %1").arg(QDir::toNativeSeparators(file)))
                      : Q_EMIT failed(problem);
  });
}

void StageCommands::chooseComparedRun() {
  auto *dialog = new QFileDialog(m_window, tr("Compare with the stages of another run"),
                                 QFileInfo(folder()).absolutePath());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, &StageCommands::compareWith);
  dialog->open();
}

void StageCommands::chooseComparedFile() {
  auto *dialog =
      new QFileDialog(m_window, tr("Compare with stages from a file"), folder(), tr("Stages (*.toml)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, &StageCommands::compareWith);
  dialog->open();
}

void StageCommands::compareWith(const QString &path) {
  m_session.readStages(path, this,
                       [this, path](const std::optional<core::StageSet> &set, const QString &problem) {
                         if (set)
                           m_session.setComparedStages(ComparedStages{QFileInfo(path).fileName(), *set});
                         else
                           Q_EMIT failed(problem);
                       });
}

void StageCommands::endComparison() {
  m_session.setComparedStages(std::nullopt);
}

} // namespace evolute::app

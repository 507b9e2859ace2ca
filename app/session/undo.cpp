// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/undo.h"

#include <utility>

#include <QCoreApplication>
#include <QUndoCommand>
#include <QUndoStack>

#include "app/session/run_session.h"

namespace evolute::app {

namespace {

/// A step that sets one thing to a value and back.
class ChangeCommand : public QUndoCommand {
public:
  ChangeCommand(const QString &text, std::function<void()> redoIt, std::function<void()> undoIt)
      : QUndoCommand(text), m_redo(std::move(redoIt)), m_undo(std::move(undoIt)) {}
  void redo() override { m_redo(); }
  void undo() override { m_undo(); }

private:
  std::function<void()> m_redo, m_undo;
};

/// Context of the translations.
struct Undo {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::Undo)
};

} // namespace

void pushTimeAxis(QUndoStack &stack, ViewState &view, TimeAxisKind kind) {
  const TimeAxisKind before = view.timeAxis();
  if (kind == before)
    return;
  stack.push(new ChangeCommand(
      Undo::tr("Change time axis"), [&view, kind] { view.setTimeAxis(kind); },
      [&view, before] { view.setTimeAxis(before); }));
}

void pushPaneVisible(QUndoStack &stack, ViewState &view, const QString &pane, bool visible) {
  if (view.isPaneVisible(pane) == visible)
    return;
  stack.push(new ChangeCommand(
      visible ? Undo::tr("Show %1").arg(pane) : Undo::tr("Hide %1").arg(pane),
      [&view, pane, visible] { view.setPaneVisible(pane, visible); },
      [&view, pane, visible] { view.setPaneVisible(pane, !visible); }));
}

void pushSeriesVisible(QUndoStack &stack, ViewState &view, const QString &series, bool visible) {
  if (view.isSeriesVisible(series) == visible)
    return;
  stack.push(new ChangeCommand(
      visible ? Undo::tr("Show curve %1").arg(series) : Undo::tr("Hide curve %1").arg(series),
      [&view, series, visible] { view.setSeriesVisible(series, visible); },
      [&view, series, visible] { view.setSeriesVisible(series, !visible); }));
}

void pushPathByStage(QUndoStack &stack, ViewState &view, bool byStage) {
  if (view.isPathByStage() == byStage)
    return;
  stack.push(new ChangeCommand(
      byStage ? Undo::tr("Colour the path by stage") : Undo::tr("Colour the path by time"),
      [&view, byStage] { view.setPathByStage(byStage); },
      [&view, byStage] { view.setPathByStage(!byStage); }));
}

void pushStages(QUndoStack &stack, RunSession &session, const QString &text,
                std::optional<core::StageSet> stages) {
  if (session.phase() != RunSession::Phase::Open || stages == session.stages())
    return;
  const auto put = [&session, run = session.summary().path](const std::optional<core::StageSet> &set) {
    if (session.summary().path == run)
      session.setStages(set);
  };
  stack.push(new ChangeCommand(
      text, [put, after = std::move(stages)] { put(after); },
      [put, before = session.stages()] { put(before); }));
}

} // namespace evolute::app

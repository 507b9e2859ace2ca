// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>

#include <QString>

#include "app/session/view_state.h"
#include "core/stages/stage_set.h"

class QUndoStack;

namespace evolute::app {

class RunSession;

// Each function does something and lets the user take it back. Doing what is already so adds nothing to the
// stack. Camera moves and zoom are not undone here; nor are computed results.
// `view` must outlive the stack's commands.

void pushTimeAxis(QUndoStack &stack, ViewState &view, TimeAxisKind kind);
void pushPaneVisible(QUndoStack &stack, ViewState &view, const QString &pane, bool visible);
void pushSeriesVisible(QUndoStack &stack, ViewState &view, const QString &series, bool visible);
void pushPathByStage(QUndoStack &stack, ViewState &view, bool byStage);
/// Of the run that is open now: a step of stages that are of another run by then does nothing. `text` says
/// what was done, as in "Move edge". `session` must outlive the stack's commands.
void pushStages(QUndoStack &stack, RunSession &session, const QString &text,
                std::optional<core::StageSet> stages);

} // namespace evolute::app

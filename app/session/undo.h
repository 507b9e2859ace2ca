// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QString>

#include "app/session/view_state.h"

class QUndoStack;

namespace evolute::app {

// Each function does something and lets the user take it back. Doing what is already so adds nothing to the
// stack. Camera moves and zoom are not undone here; nor are computed results.
// `view` must outlive the stack's commands.

void pushTimeAxis(QUndoStack &stack, ViewState &view, TimeAxisKind kind);
void pushPaneVisible(QUndoStack &stack, ViewState &view, const QString &pane, bool visible);
void pushSeriesVisible(QUndoStack &stack, ViewState &view, const QString &series, bool visible);

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace evolute::app {

class ActionRegistry;
class WindowCommands;

/// The part of addWindowActions() that is about stages.
void addStageActions(ActionRegistry &registry, WindowCommands &commands);

} // namespace evolute::app

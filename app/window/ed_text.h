// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/session/run_session.h"
#include "widgets/plots/plot_pane.h"

namespace evolute::app {

/// What stands where no trajectory is drawn yet: that it cannot be had, that it waits and for what, or that it is
/// being computed.
widgets::EmptyText trajectoryText(const RunSession &session);

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace evolute::app::cli {

// The only calls of the command line that are not portable.

bool isStandardErrorATerminal();
/// Columns of the terminal behind standard error; 80 when it is none.
int terminalWidth();

} // namespace evolute::app::cli

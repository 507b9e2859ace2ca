// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/progress.h"

namespace evolute::app::cli {

/// The first Ctrl-C (or SIGTERM, as a cluster sends before it takes a node back) asks the work to stop and
/// keep what is finished; a second one ends the program at once. One object, alive while commands run.
class Interruption {
public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption &) = delete;
  Interruption &operator=(const Interruption &) = delete;

  static bool requested();
  /// What an observer of long work answers.
  static core::Flow flow() { return requested() ? core::Flow::Stop : core::Flow::Continue; }
};

} // namespace evolute::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace evolute::core {

enum class Flow { Continue, Stop };

/// Work done and to do, in units that the caller of the observer names (sampler steps, checkpoints, ...).
struct Progress {
  std::int64_t done = 0; ///< only grows
  std::int64_t total = 0;
  std::string what; ///< a few words for people, may be empty
};

/// Progress out, cancellation in. Called after each unit of work, never from two threads at once;
/// answering Stop ends the work within one unit and keeps what is finished. Empty: nobody watches.
using Observer = std::function<Flow(const Progress &)>;

} // namespace evolute::core

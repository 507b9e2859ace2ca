// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <QString>

namespace evolute::app {

/// What is known of one checkpoint, as the timeline draws it.
struct CheckpointMark {
  enum class State {
    File,      ///< on disk, nothing computed
    Queued,    ///< part of a running λ̂ job
    Computing, ///< being estimated now
    Done,      ///< has a λ̂
    Failed,    ///< could not be read or estimated: see `reason`
    Growing,   ///< still being written
    Missing    ///< was there, the file is gone; what was computed stays
  };
  std::int64_t step = 0;
  State state = State::File;
  QString reason; ///< one sentence where state is Failed, Growing or Missing; else empty
  bool operator==(const CheckpointMark &) const = default;
};

} // namespace evolute::app

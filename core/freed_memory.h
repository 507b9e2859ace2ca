// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace evolute::core {

/// Gives freed pages inside the heap back to the system, where the C library can (glibc).
///
/// A loop over checkpoints frees hundreds of kilobytes of aligned tensors each time and keeps a few small things. glibc
/// puts these into the slack beside the freed blocks, which then no longer fit the next tensor: the heap grew by half a
/// megabyte a checkpoint of 0.2 MB. Takes a millisecond or so. Any thread.
void returnFreedMemory();

/// Calls that every so many checkpoints.
class FreedMemoryKeeper {
public:
  void checkpointDone() {
    if (++m_done % kEvery == 0)
      returnFreedMemory();
  }

private:
  static constexpr std::int64_t kEvery = 32;
  std::int64_t m_done = 0;
};

} // namespace evolute::core

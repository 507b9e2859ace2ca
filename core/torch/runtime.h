// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <torch/torch.h>

#include "core/error.h"
#include "core/model/device.h"

namespace evolute::core {

/// The device that the options mean. \throws Error naming the devices there are.
torch::Device resolveDevice(const DeviceOptions &options);

/// CPU threads to use for the options: theirs, or one a core.
int threadCount(const DeviceOptions &options);

/// parallelFor() for tensor work: every thread has its own gradient mode and keeps one thread inside an
/// operation. Replicas, shards and chunks side by side beat threads inside operations at our sizes.
void parallelTensorWork(std::int64_t count, int threads, const std::function<void(std::int64_t)> &work);

/// Runs `work` and turns LibTorch's exceptions into Error with `what` in front: only the first line of
/// theirs, the rest is a stack of addresses.
template <typename Work> auto translatingTorchErrors(const std::string &what, Work &&work) {
  try {
    return std::forward<Work>(work)();
  } catch (const c10::Error &error) {
    const std::string text = error.what_without_backtrace();
    throw Error(what + ": " + text.substr(0, text.find('\n')));
  }
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include <torch/torch.h>

#include "core/resource_error.h"
#include "core/model/device.h"

namespace evolute::core {

/// The device that the options mean. \throws Error naming the devices there are.
torch::Device resolveDevice(const DeviceOptions &options);

/// CPU threads to use for the options: theirs, or one a core.
int threadCount(const DeviceOptions &options);

/// parallelFor() for tensor work: every thread has its own gradient mode and keeps one thread inside an
/// operation. Replicas, shards and chunks side by side beat threads inside operations at our sizes.
void parallelTensorWork(std::int64_t count, int threads, const std::function<void(std::int64_t)> &work);

/// Whether memory ran out, of a GPU or the machine: smaller pieces may fit.
bool isOutOfMemory(const std::exception &error);
/// Whether a GPU has stopped answering (a fault of its driver, a kernel that crashed, a card that fell off the
/// bus). CUDA then refuses all further work of the process.
bool isLostDevice(const std::exception &error);

/// Runs `work` and turns LibTorch's exceptions into Error with `what` in front: only the first line of
/// theirs, the rest is a stack of addresses. A lost device becomes a ResourceError, an allocation that fails a sentence.
template <typename Work> auto translatingTorchErrors(const std::string &what, Work &&work) {
  try {
    return std::forward<Work>(work)();
  } catch (const c10::Error &error) {
    std::string text = error.what_without_backtrace();
    text = text.substr(0, text.find('\n'));
    if (isLostDevice(error))
      throw ResourceError("The device is lost (" + text + "). Start Evolute anew to use it again; what is finished is kept.");
    throw Error(what + ": " + (isOutOfMemory(error) ? "there is not enough memory for it" : text));
  }
}

} // namespace evolute::core

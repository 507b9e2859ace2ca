// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include <torch/torch.h>

#include "core/error.h"
#include "core/model/device.h"

namespace evolute::core {

/// The device that the options mean. \throws Error naming the devices there are.
torch::Device resolveDevice(const DeviceOptions &options);

/// Sets how many CPU threads the calling thread's tensor work may use; the one place that does.
void useThreads(const DeviceOptions &options);

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

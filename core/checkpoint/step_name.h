// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>

namespace evolute::core {

/// The training step that a checkpoint's path (relative to the run, "/" between parts) names; see scanRun().
/// In order: a word in the file name ("step" before "iter" before "epoch"); a file name that is a number or
/// ends in one after "_", "-", "=" or "."; the nearest folder that is a number or has a word or
/// "checkpoint"/"ckpt" before one; the last number in the file name ("gpt2.pt").
std::optional<std::int64_t> stepInPath(const std::string &relativePath);

/// The whole number in the first group of a user's own expression, which has one.
std::optional<std::int64_t> stepInPath(const std::string &relativePath, const std::regex &expression);

/// Whether what the path names is an epoch and no step ("model-epoch=3.ckpt").
bool namesEpochs(const std::string &relativePath);

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace evolute::app::cli {

/// The steps that --checkpoints means, ascending, each once. `available` ascending and not empty.
///
/// "all"; "log:N": up to N of them, both ends in, nearest to an even grid in log(1 + step); else a
/// comma-separated list of steps, "first" and "last".
/// \throws UsageError for words that mean nothing, core::Error for a step that the run does not have.
std::vector<std::int64_t> selectSteps(const std::string &list, const std::vector<std::int64_t> &available);

/// The components that --components means, in the order given, each once. "heads" stands for every
/// "L<layer>.H<head>" of `available`, "heads+bias" for the same with their biases; a written mask (see
/// core::componentNamed()) is taken as it is. \throws core::Error for another name that is not among `available`.
std::vector<std::string> selectComponents(const std::vector<std::string> &names,
                                          const std::vector<std::string> &available);

} // namespace evolute::app::cli

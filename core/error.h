// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace evolute::core {

/// The only exception meant to leave core: input that the user can mend. Its text is the one sentence
/// the user reads: what, where, expected, found ("layer2.weight: expected 256x64, the file has 256x32").
/// Numerical outcomes (a chain that diverged) are fields of a result, not exceptions; bugs are asserts.
class Error : public std::runtime_error {
public:
  explicit Error(const std::string &sentence) : std::runtime_error(sentence) {}
};

} // namespace evolute::core

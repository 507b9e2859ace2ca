// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace evolute::app::cli {

/// How the program ends; scripts rely on the numbers (app/cli/README.md).
enum class ExitCode {
  Done = 0,
  Internal = 1, ///< a fault of the program, never of the input
  Usage = 2,
  BadInput = 3,
  NumericalFailure = 4, ///< of everything that was asked for
  Interrupted = 130
};

/// A command line that cannot be meant: one sentence. What is wrong in a file is a core::Error instead.
class UsageError : public std::runtime_error {
public:
  explicit UsageError(const std::string &sentence) : std::runtime_error(sentence) {}
};

} // namespace evolute::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "app/cli/arguments.h"

namespace evolute::app::cli {

/// What is to be printed instead of doing anything: --help, --version.
struct TextAnswer {
  std::string text;
};

/// Reads a command line (without the program's name). Looks at nothing but its words: no file is touched.
/// \throws UsageError
std::variant<Arguments, TextAnswer> parseArguments(std::vector<std::string> words);

} // namespace evolute::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace evolute::core {

/// Python's json module writes NaN, Infinity and -Infinity bare, which JSON does not know: the same text with
/// those quoted. Inside strings they are left alone.
std::string jsonFromPython(const std::string &text);

/// A number, or one of the three as jsonFromPython() quotes them; empty for anything else.
std::optional<double> numberFromPython(const nlohmann::json &value);

} // namespace evolute::core

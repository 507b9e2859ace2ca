// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <locale>
#include <sstream>
#include <string>

namespace evolute::core {

/// A number in a sentence: six digits, no zeros behind, whatever the locale ("0.001", "1e+300").
inline std::string numberText(double value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << value;
  return text.str();
}

} // namespace evolute::core

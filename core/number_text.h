// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <locale>
#include <sstream>
#include <string>

namespace evolute::core {

/// A number in a sentence: so many digits, no zeros behind, whatever the locale ("0.001", "1e+300").
inline std::string numberText(double value, int digits = 6) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(digits);
  text << value;
  return text.str();
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/python_json.h"

#include <limits>
#include <string_view>

#include <nlohmann/json.hpp>

namespace evolute::core {

std::string jsonFromPython(const std::string &text) {
  if (text.find("NaN") == std::string::npos && text.find("Infinity") == std::string::npos)
    return text;
  std::string out;
  bool inText = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (inText && text[i] == '\\') {
      out += text[i++];
      if (i < text.size())
        out += text[i];
      continue;
    }
    inText = inText != (text[i] == '"');
    bool quotedToken = false;
    for (const std::string_view token : {"NaN", "-Infinity", "Infinity"})
      if (!inText && text.compare(i, token.size(), token) == 0) {
        out.append("\"").append(token).append("\"");
        i += token.size() - 1;
        quotedToken = true;
        break;
      }
    if (!quotedToken)
      out += text[i];
  }
  return out;
}

std::optional<double> numberFromPython(const nlohmann::json &value) {
  if (value.is_number())
    return value.get<double>();
  if (!value.is_string())
    return {};
  const auto &text = value.get_ref<const std::string &>();
  if (text == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity" || text == "-Infinity")
    return text[0] == '-' ? -std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::infinity();
  return {};
}

} // namespace evolute::core

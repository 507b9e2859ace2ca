// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/name_prefix.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace evolute::core {

namespace {

bool isBelow(const ArrayInfo &array, std::string_view prefix) {
  return array.name.size() > prefix.size() && array.name.starts_with(prefix);
}

/// Prefixes that all names share, outermost first; wrappers nest in any order.
std::string stripShared(ParsedCheckpoint &parsed) {
  constexpr std::array<std::string_view, 3> kPrefixes{"module.", "_orig_mod.", "model."};
  std::string stripped;
  for (auto prefix = kPrefixes.begin(); !parsed.arrays.empty() && prefix != kPrefixes.end();) {
    if (!std::all_of(parsed.arrays.begin(), parsed.arrays.end(),
                     [&](const ArrayInfo &array) { return isBelow(array, *prefix); })) {
      ++prefix;
      continue;
    }
    for (ArrayInfo &array : parsed.arrays)
      array.name.erase(0, prefix->size());
    stripped += *prefix;
    prefix = kPrefixes.begin();
  }
  return stripped;
}

/// The first part of the names below which nine tenths of the values lie, with its dot; "" when there is none
/// or when names would then begin with a number, which is a list of layers and no wrapper.
std::string heldBelow(const ParsedCheckpoint &parsed) {
  std::map<std::string, double> values;
  double all = 0;
  for (const ArrayInfo &array : parsed.arrays) {
    const std::size_t dot = array.name.find('.');
    const auto count = double(array.elementCount());
    all += count;
    if (dot != std::string::npos)
      values[array.name.substr(0, dot + 1)] += count;
  }
  for (const auto &[prefix, count] : values) {
    constexpr double kNearlyAll = 0.9;
    if (count < kNearlyAll * all)
      continue;
    const bool list = std::any_of(parsed.arrays.begin(), parsed.arrays.end(), [&](const ArrayInfo &array) {
      return isBelow(array, prefix) && array.name[prefix.size()] >= '0' && array.name[prefix.size()] <= '9';
    });
    return list ? "" : prefix;
  }
  return {};
}

void stripLightning(ParsedCheckpoint &parsed) {
  const std::string prefix = heldBelow(parsed);
  if (prefix.empty())
    return;
  std::set<std::string_view> others; // metrics and losses of the Lightning module
  for (const ArrayInfo &array : parsed.arrays) {
    if (isBelow(array, prefix))
      continue;
    if (array.shape.size() > 1)
      return; // a matrix beside it: these are the parts of a network, no wrapper
    others.insert(array.name);
  }
  for (const ArrayInfo &array : parsed.arrays)
    if (isBelow(array, prefix) && others.contains(std::string_view(array.name).substr(prefix.size())))
      return; // two tensors would have one name
  const std::size_t otherCount = others.size();
  for (ArrayInfo &array : parsed.arrays)
    if (isBelow(array, prefix))
      array.name.erase(0, prefix.size());
  parsed.notes.push_back(
      "the prefix \"" + shown(prefix) + "\" of Lightning's module is stripped" +
      (otherCount == 0 ? "" : "; " + std::to_string(otherCount) + " other names stay as they are"));
}

} // namespace

void stripPrefixes(ParsedCheckpoint &parsed) {
  std::string stripped = stripShared(parsed);
  if (parsed.fromLightning && stripped.find("model.") == std::string::npos) {
    stripLightning(parsed);
    stripped += stripShared(parsed);
  }
  if (!stripped.empty())
    parsed.notes.push_back("the prefix \"" + stripped + "\" that all names share is stripped");
}

} // namespace evolute::core

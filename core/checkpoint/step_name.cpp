// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/step_name.h"

#include <charconv>
#include <filesystem>
#include <initializer_list>
#include <regex>

namespace evolute::core {

namespace {

std::optional<std::int64_t> firstGroup(const std::string &text, const std::regex &expression) {
  std::smatch match;
  if (!std::regex_search(text, match, expression))
    return {};
  const std::string digits = match[1];
  std::int64_t step = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (result.ec != std::errc())
    return {}; // more digits than any training run has steps: a date or a hash
  return step;
}

std::optional<std::int64_t> firstOf(const std::string &text,
                                    std::initializer_list<const std::regex *> expressions) {
  for (const std::regex *expression : expressions)
    if (const auto step = firstGroup(text, *expression))
      return step;
  return {};
}

using std::regex;
constexpr auto kFlags = regex::ECMAScript | regex::icase;

struct Words {
  regex step{"steps?[ _=.-]*([0-9]+)", kFlags}, iteration{"iter(?:ation|s)?[ _=.-]*([0-9]+)", kFlags},
      epoch{"epochs?[ _=.-]*([0-9]+)", kFlags};
};
const Words &words() {
  static const Words all;
  return all;
}

} // namespace

bool namesEpochs(const std::string &relativePath) {
  return !firstOf(relativePath, {&words().step, &words().iteration}) &&
         firstGroup(relativePath, words().epoch);
}

std::optional<std::int64_t> stepInPath(const std::string &relativePath, const std::regex &expression) {
  std::smatch match;
  if (!std::regex_search(relativePath, match, expression))
    return {};
  const std::string digits = match[1];
  std::int64_t step = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  const bool whole = result.ec == std::errc() && result.ptr == digits.data() + digits.size();
  return whole && step >= 0 ? std::optional(step) : std::nullopt;
}

std::optional<std::int64_t> stepInPath(const std::string &relativePath) {
  const auto &[step, iteration, epoch] = words();
  static const regex checkpoint("(?:checkpoint|ckpt)[ _=.-]*([0-9]+)", kFlags), number("^([0-9]+)$", kFlags),
      lastPart("[_=.-]([0-9]+)$", kFlags), lastNumber("([0-9]+)[^0-9]*$", kFlags);

  const std::filesystem::path path(relativePath);
  const std::string stem = path.stem().string();
  if (const auto found = firstOf(stem, {&step, &iteration, &epoch, &number, &lastPart}))
    return found;
  for (auto folder = path.parent_path(); !folder.empty(); folder = folder.parent_path())
    if (const auto found =
            firstOf(folder.filename().string(), {&step, &iteration, &epoch, &checkpoint, &number}))
      return found;
  return firstOf(stem, {&lastNumber});
}

} // namespace evolute::core

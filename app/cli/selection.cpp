// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/selection.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>
#include <set>
#include <sstream>

#include "app/cli/exit_code.h"
#include "core/error.h"
#include "core/model/component_name.h"

namespace evolute::app::cli {

namespace {

bool readWhole(const std::string &text, std::int64_t &value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::int64_t nearestInLogTime(double target, const std::vector<std::int64_t> &steps) {
  return *std::min_element(steps.begin(), steps.end(), [&](std::int64_t a, std::int64_t b) {
    return std::abs(std::log1p(double(a)) - target) < std::abs(std::log1p(double(b)) - target);
  });
}

std::set<std::int64_t> logarithmic(std::int64_t count, const std::vector<std::int64_t> &available) {
  std::set<std::int64_t> chosen = {available.back()};
  const double first = std::log1p(double(available.front())), last = std::log1p(double(available.back()));
  for (std::int64_t i = 0; i + 1 < count; ++i)
    chosen.insert(nearestInLogTime(first + (last - first) * double(i) / double(count - 1), available));
  return chosen;
}

} // namespace

std::vector<std::int64_t> selectSteps(const std::string &list, const std::vector<std::int64_t> &available) {
  if (list == "all")
    return available;
  std::set<std::int64_t> chosen;
  if (list.rfind("log:", 0) == 0) {
    std::int64_t count = 0;
    if (!readWhole(list.substr(4), count) || count < 1)
      throw UsageError("--checkpoints: log:N expects a whole number of 1 or more, found " + list);
    chosen = logarithmic(count, available);
    return {chosen.begin(), chosen.end()};
  }
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    std::int64_t step = 0;
    if (word == "first")
      step = available.front();
    else if (word == "last")
      step = available.back();
    else if (!readWhole(word, step))
      throw UsageError("--checkpoints: expected steps (0,100,200), first, last, log:N or all, found \"" +
                       word + "\"");
    if (!std::binary_search(available.begin(), available.end(), step))
      throw core::Error("--checkpoints: the run has no checkpoint at step " + word + "; the nearest is " +
                        std::to_string(nearestInLogTime(std::log1p(double(step)), available)));
    chosen.insert(step);
  }
  if (chosen.empty())
    throw UsageError("--checkpoints: the list is empty");
  return {chosen.begin(), chosen.end()};
}

std::vector<std::string> selectComponents(const std::vector<std::string> &names,
                                          const std::vector<std::string> &available) {
  static const std::regex head("L[0-9]+\\.H[0-9]+");
  std::vector<std::string> chosen;
  const auto choose = [&](const std::string &name) {
    if (std::find(chosen.begin(), chosen.end(), name) == chosen.end())
      chosen.push_back(name);
  };
  for (const std::string &name : names) {
    const bool known = std::find(available.begin(), available.end(), name) != available.end();
    if ((name == "heads" || name == "heads+bias") && !known) {
      const std::size_t before = chosen.size();
      for (const std::string &candidate : available)
        if (std::regex_match(candidate, head))
          choose(candidate + name.substr(std::string("heads").size()));
      if (chosen.size() == before)
        throw core::Error("--components: the model has no attention heads");
    } else if (known || core::isWrittenMask(name)) {
      choose(name);
    } else {
      std::string all;
      for (const std::string &candidate : available)
        all += (all.empty() ? "" : ", ") + candidate;
      throw core::Error("--components: the model has no component \"" + name + "\"; it has " + all);
    }
  }
  if (chosen.empty())
    throw UsageError("--components: the list is empty");
  return chosen;
}

} // namespace evolute::app::cli

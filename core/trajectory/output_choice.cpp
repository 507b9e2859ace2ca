// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/output_choice.h"

#include <array>
#include <charconv>
#include <sstream>

#include "core/error.h"
#include "core/sampling/philox.h"

namespace evolute::core {

namespace {

[[noreturn]] void failAt(const std::string &text) {
  throw Error("outputs: expected all, one-position, or numbers and ranges as 3, 0:8 or 0:288:18, found \"" + text + "\"");
}

std::vector<std::string> pieces(const std::string &text, char between) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, between);)
    parts.push_back(part);
  if (text.empty() || text.back() == between)
    parts.emplace_back();
  return parts;
}

std::int64_t numberOf(const std::string &digits, const std::string &text) {
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 0)
    failAt(text);
  return number;
}

} // namespace

OutputChoice::OutputChoice(const std::string &text) : m_text(text), m_onePosition(text == "one-position") {
  if (text == "all" || m_onePosition)
    return;
  for (const std::string &piece : pieces(text, ','))
    m_ranges.push_back(rangeOf(piece));
}

OutputChoice::Range OutputChoice::rangeOf(const std::string &text) {
  const std::vector<std::string> parts = pieces(text, ':');
  if (parts.size() > 3)
    failAt(text);
  Range range;
  range.first = numberOf(parts[0], text);
  range.end = parts.size() > 1 ? numberOf(parts[1], text) : range.first + 1;
  range.step = parts.size() > 2 ? numberOf(parts[2], text) : 1;
  if (range.end <= range.first || range.step < 1)
    failAt(text);
  return range;
}

std::vector<std::int64_t> OutputChoice::places(std::int64_t samples, std::int64_t outputs, std::uint64_t seed) const {
  std::vector<std::int64_t> places;
  const RandomStream random{streamKey(seed, "output-position")};
  for (const Range &range : m_ranges)
    if (range.end > outputs)
      throw Error("outputs: a sample has " + std::to_string(outputs) + ", numbered from 0, found " + m_text);
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    const std::int64_t row = sample * outputs;
    if (m_onePosition) {
      std::array<std::int64_t, 1> position;
      random.integers(std::uint64_t(sample), std::uint32_t(outputs), position);
      places.push_back(row + position[0]);
    } else if (m_ranges.empty()) {
      for (std::int64_t i = 0; i < outputs; ++i)
        places.push_back(row + i);
    }
    for (const Range &range : m_ranges)
      for (std::int64_t i = range.first; i < range.end; i += range.step)
        places.push_back(row + i);
  }
  return places;
}

} // namespace evolute::core

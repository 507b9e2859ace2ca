// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace evolute::core {

/// Which of a sample's outputs are its features. A value.
///
/// "all"; "one-position": one output a sample, at a position drawn once (of a language model the logit of the true next
/// token at one position of each sample, as essential dynamics was done in arXiv:2402.02364v1); or numbers and ranges
/// with commas, from 0 on, ends left out: "3", "0:8", "0:288:18" for every 18th.
class OutputChoice {
public:
  OutputChoice() = default; ///< all
  /// \throws Error for a text that is none of these.
  explicit OutputChoice(const std::string &text);

  bool isAll() const { return !m_onePosition && m_ranges.empty(); }
  bool isOnePosition() const { return m_onePosition; }
  const std::string &text() const { return m_text; }
  /// Where they lie in samples x outputs, row by row. Positions depend on (seed, sample) alone.
  /// \throws Error for a number that is not below `outputs`.
  std::vector<std::int64_t> places(std::int64_t samples, std::int64_t outputs, std::uint64_t seed) const;
  bool operator==(const OutputChoice &) const = default;

private:
  struct Range {
    std::int64_t first = 0, end = 0, step = 1;
    bool operator==(const Range &) const = default;
  };
  static Range rangeOf(const std::string &text);

  std::string m_text = "all";
  bool m_onePosition = false;
  std::vector<Range> m_ranges;
};

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace evolute::core {

/// Which sequences of a token file a slice of data is made of, in the order given; one may stand twice.
class SequenceChoice {
public:
  /// "" is all of `available`; else ranges and indices from 0 on, "0:1000, 5000:6000, 17" (the end of a range
  /// is not in it, "100:" goes to the last), or the name of a .npy file of indices, relative to `folder`.
  /// \throws Error for text that means nothing, an index beyond `available`, or a choice of nothing.
  SequenceChoice(const std::string &text, std::int64_t available, const std::filesystem::path &folder);

  std::int64_t size() const { return m_ends.empty() ? 0 : m_ends.back(); }
  std::int64_t at(std::int64_t index) const; ///< index < size(); logarithmic in the number of ranges

private:
  void add(std::int64_t begin, std::int64_t end);
  void addRange(std::string part, std::int64_t available);
  void addFile(const std::filesystem::path &file, std::int64_t available);

  std::vector<std::int64_t> m_begins, m_ends; // of ranges: first sequence; count of all up to its end
};

} // namespace evolute::core

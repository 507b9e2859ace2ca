// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/sequence_choice.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <sstream>

#include "core/checkpoint/byte_source.h"
#include "core/data/token_array.h"
#include "core/error.h"

namespace evolute::core {

namespace {

std::string trimmed(const std::string &text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

[[noreturn]] void failAt(const std::string &part) {
  throw Error("sequences: expected indices and ranges (\"0:1000, 17\") or a .npy file of indices, found \"" +
              shown(part) + "\"");
}

std::int64_t indexIn(const std::string &text, const std::string &part) {
  std::int64_t index = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), index);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size() || index < 0)
    failAt(part);
  return index;
}

[[noreturn]] void failBeyond(std::int64_t index, std::int64_t available) {
  throw Error("sequences: expected indices from 0 to " + std::to_string(available - 1) + ", found " +
              std::to_string(index));
}

} // namespace

SequenceChoice::SequenceChoice(const std::string &text, std::int64_t available,
                               const std::filesystem::path &folder) {
  const std::string all = trimmed(text);
  if (all.empty()) {
    add(0, available);
  } else if (all.ends_with(".npy")) {
    addFile(folder / all, available);
  } else {
    std::istringstream parts(all);
    for (std::string part; std::getline(parts, part, ',');)
      addRange(trimmed(part), available);
  }
  if (size() == 0)
    throw Error("sequences: \"" + shown(text) + "\" chooses no sequence of the " + std::to_string(available) +
                " there are, expected at least one");
}

void SequenceChoice::add(std::int64_t begin, std::int64_t end) {
  if (begin >= end)
    return;
  if (!m_ends.empty()) { // indices one after another are one range
    const std::int64_t lastCount = m_ends.back() - (m_ends.size() > 1 ? m_ends[m_ends.size() - 2] : 0);
    if (m_begins.back() + lastCount == begin) {
      m_ends.back() += end - begin;
      return;
    }
  }
  m_begins.push_back(begin);
  m_ends.push_back(size() + end - begin);
}

void SequenceChoice::addRange(std::string part, std::int64_t available) {
  const std::size_t colon = part.find(':');
  if (colon == std::string::npos) {
    const std::int64_t index = indexIn(part, part);
    if (index >= available)
      failBeyond(index, available);
    add(index, index + 1);
    return;
  }
  const std::string first = trimmed(part.substr(0, colon)), last = trimmed(part.substr(colon + 1));
  const std::int64_t begin = first.empty() ? 0 : indexIn(first, part);
  const std::int64_t end = last.empty() ? available : indexIn(last, part);
  if (begin > end)
    failAt(part);
  if (end > available)
    failBeyond(end - 1, available);
  add(begin, end);
}

void SequenceChoice::addFile(const std::filesystem::path &file, std::int64_t available) {
  const auto indices = TokenArray::open(file);
  if (indices->shape().size() != 1)
    throw Error(file.string() + ": expected a list of indices, found " +
                std::to_string(indices->shape().size()) + " dimensions");
  std::array<std::int64_t, 4096> window{};
  for (std::int64_t done = 0, count = indices->shape()[0]; done < count;) {
    const auto part =
        std::span(window).first(std::size_t(std::min<std::int64_t>(count - done, window.size())));
    indices->read(done, part);
    for (const std::int64_t index : part) {
      if (index < 0 || index >= available)
        failBeyond(index, available);
      add(index, index + 1);
    }
    done += std::int64_t(part.size());
  }
}

std::int64_t SequenceChoice::at(std::int64_t index) const {
  const auto range = std::size_t(std::upper_bound(m_ends.begin(), m_ends.end(), index) - m_ends.begin());
  return m_begins[range] + index - (range == 0 ? 0 : m_ends[range - 1]);
}

} // namespace evolute::core

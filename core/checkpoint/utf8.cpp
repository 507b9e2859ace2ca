// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/utf8.h"

#include <cstddef>

namespace evolute::core {

bool isUtf8(std::string_view text) {
  const auto byteAt = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned first = byteAt(i);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length == 0 || i + length > text.size())
      return false;
    for (std::size_t j = 1; j < length; ++j)
      if ((byteAt(i + j) & 0xC0U) != 0x80U)
        return false;
    const unsigned second = length > 1 ? byteAt(i + 1) : 0;
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
      return false;
    i += length;
  }
  return true;
}

} // namespace evolute::core

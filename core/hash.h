// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace evolute::core {

/// Identity of content: a streaming 128-bit xxHash (XXH3), printed as 32 hexadecimal digits.
/// Not cryptographic: it tells things apart, it does not resist an attacker.
class Hasher {
public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher &) = delete;
  Hasher &operator=(const Hasher &) = delete;

  Hasher &add(std::span<const std::byte> bytes);
  /// Adds the length too, so that ("ab","c") and ("a","bc") differ.
  Hasher &add(std::string_view text);
  std::string hex() const;

private:
  void *m_state; // XXH3_state_t, kept out of this header
};

std::string hashOf(std::string_view text);

} // namespace evolute::core

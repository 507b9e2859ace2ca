// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/hash.h"

#include <array>
#include <cstdint>
#include <new>

#include <xxhash.h>

namespace evolute::core {

namespace {
XXH3_state_t *stateOf(void *state) {
  return static_cast<XXH3_state_t *>(state);
}
} // namespace

Hasher::Hasher() : m_state(XXH3_createState()) {
  if (m_state == nullptr)
    throw std::bad_alloc();
  XXH3_128bits_reset(stateOf(m_state));
}

Hasher::~Hasher() {
  XXH3_freeState(stateOf(m_state));
}

Hasher &Hasher::add(std::span<const std::byte> bytes) {
  if (!bytes.empty())
    XXH3_128bits_update(stateOf(m_state), bytes.data(), bytes.size());
  return *this;
}

Hasher &Hasher::add(std::string_view text) {
  const std::uint64_t length = text.size();
  add(std::as_bytes(std::span(&length, 1)));
  return add(std::as_bytes(std::span(text.data(), text.size())));
}

std::string Hasher::hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(stateOf(m_state)));
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * sizeof canonical.digest);
  for (const unsigned char byte : canonical.digest) {
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 15U]);
  }
  return text;
}

std::string hashOf(std::string_view text) {
  return Hasher().add(text).hex();
}

} // namespace evolute::core

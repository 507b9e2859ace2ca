// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/tensor_mapping.h"

#include "core/hash.h"

namespace evolute::core {

std::string mappedHash(const std::string &hash, const TensorMapping &mapping) {
  if (mapping.empty())
    return hash;
  Hasher hasher;
  hasher.add(hash).add("tensor mapping");
  for (const auto &[expected, found] : mapping)
    hasher.add(expected).add(found);
  return hasher.hex();
}

} // namespace evolute::core

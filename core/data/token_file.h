// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/data/npy_header.h"

namespace evolute::core {

/// Sequences of token ids in a .npy file of whole numbers: [n, context or longer], each row cut to `context`
/// tokens, or one flat stream cut into sequences of `context` tokens, the incomplete last one left out.
/// Opening reads the header alone; sequences are read where they lie (a corpus can be larger than memory).
/// Safe to read from several threads at once.
class TokenFile {
public:
  /// \throws Error when the file is no .npy of uint16, uint32, int32 or int64 in little-endian row-major order,
  /// has rows shorter than `context`, or holds no sequence.
  TokenFile(const std::filesystem::path &path, std::int64_t context);

  std::int64_t sequenceCount() const { return m_sequences; }
  /// Writes sequences first ... to `out`, a whole number of them, row after row.
  /// \throws Error for an id outside 0 ... vocabulary - 1, naming its sequence and position.
  void read(std::int64_t first, std::int64_t vocabulary, std::span<std::int64_t> out) const;

private:
  std::shared_ptr<const ByteSource> m_source;
  NpyHeader m_header;
  std::int64_t m_context, m_stride = 0, m_sequences = 0;
};

} // namespace evolute::core

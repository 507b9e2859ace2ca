// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace evolute::core {

/// Index of a value in its document; values may refer to each other in any way, circles included.
using PickleId = std::uint32_t;
constexpr PickleId kNoPickle = 0xFFFFFFFFU;

/// A value of a pickle stream. Calls are recorded, never made: loading code would be running foreign code.
struct PickleValue {
  enum class Kind {
    None,
    Boolean,    ///< integer is 0 or 1
    Integer,    ///< that fits 64 bits
    Real,       ///< the number itself is not kept: no reader needs it
    Text,       ///< text
    Bytes,      ///< text; also integers of more than 64 bits
    Tuple,      ///< items
    List,       ///< items; sets too
    Dict,       ///< items: key, value, key, value ...
    Global,     ///< module, text: the name of a class or a function
    Call,       ///< callable, arguments; state of a BUILD; items that were appended or set
    Persistent, ///< arguments: the id of something outside the stream
  };
  Kind kind = Kind::None;
  PickleId callable = kNoPickle, arguments = kNoPickle, state = kNoPickle;
  std::int64_t integer = 0;
  std::string_view module, text; ///< into the stream
  std::vector<PickleId> items;
};

/// Bytes end before what they announce: cut, or still being written.
class EndsEarly : public Error {
public:
  using Error::Error;
};

/// A pickle stream of protocol 2 to 5 read as data. Work and memory are proportional to its length.
class PickleDocument {
public:
  /// \throws Error (without a file name) naming the byte, for a stream that ends early, takes from an empty
  /// stack, uses an opcode that torch.save does not write, or holds more values than kMostValues.
  static PickleDocument parse(std::string stream);
  /// The same for a stream at the begin of `bytes`; `used` is its length. \throws EndsEarly when more are needed.
  static PickleDocument parseFirst(std::string_view bytes, std::size_t &used);

  PickleId root() const { return m_root; }
  const PickleValue &at(PickleId id) const { return m_values[id]; }
  std::size_t size() const { return m_values.size(); }

  static constexpr std::size_t kLongestStream = std::size_t{64} << 20U;
  static constexpr std::size_t kMostValues = 4'000'000;

private:
  friend class PickleInterpreter;
  std::vector<char> m_stream; // a vector keeps its place when the document is moved; a short string would not
  std::vector<PickleValue> m_values;
  PickleId m_root = kNoPickle;
};

} // namespace evolute::core

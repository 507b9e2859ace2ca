// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/pickle_stream.h"

namespace evolute::core {

/// A tensor as torch.save describes it: a strided view of a storage that lies elsewhere in the file.
struct TorchTensor {
  DType dtype = DType::F32;
  std::string storageKey;
  std::uint64_t storageBytes = 0; ///< as the stream states it
  std::uint64_t offset = 0;       ///< all three in elements, >= 0
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// What the values of a pickle stream mean to PyTorch: reads the recorded calls of the few functions and
/// classes that torch.save uses for tensors, and takes all others as opaque.
class TorchObjects {
public:
  explicit TorchObjects(const PickleDocument &document) : m_document(document) {}

  /// Keys and values of a dict, an OrderedDict or a defaultdict; nothing for any other value.
  std::optional<std::vector<std::pair<PickleId, PickleId>>> entriesOf(PickleId id) const;

  /// Names and values of the attributes of a module that torch.jit.save wrote; nothing for any other value.
  std::optional<std::vector<std::pair<PickleId, PickleId>>> moduleEntriesOf(PickleId id) const;

  /// Whether the value is a recorded tensor, of a readable kind or not.
  bool isTensor(PickleId id) const;
  /// \throws Error (without a name) for a tensor that breaks the format; nothing, with the reason in `why`,
  /// for one of a kind that is not read (sparse, quantised, complex128 ...).
  std::optional<TorchTensor> tensorAt(PickleId id, std::string &why) const;

  /// Tensors within a value that no earlier call of this object counted.
  std::int64_t countTensors(PickleId id);

  /// Bytes of one element of every storage that the stream names, by its key: of kinds that are not read too.
  /// \throws Error (without a file's name) for a type whose size is not known.
  std::unordered_map<std::string, std::uint64_t> storageElementBytes() const;

  /// For errors: "a Python object of class __main__.Net", "a list" ...
  std::string describe(PickleId id) const;
  /// The text of a text value.
  std::optional<std::string_view> textOf(PickleId id) const;

private:
  using Kind = PickleValue::Kind;
  const PickleValue &at(PickleId id) const { return m_document.at(id); }
  std::string calledFunction(PickleId id) const; // "module.name" of a call, else empty
  bool isGlobal(PickleId id, std::string_view module, std::string_view name) const;
  std::vector<std::int64_t> extentsOf(PickleId id, const char *what) const;
  std::int64_t integerOf(PickleId id, const char *what) const;

  const PickleDocument &m_document;
  std::vector<bool> m_counted;
};

} // namespace evolute::core

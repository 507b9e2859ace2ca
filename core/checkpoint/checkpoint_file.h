// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/checkpoint/tensor_mapping.h"

namespace evolute::core {

class ByteSource;
struct CheckpointEntry;

enum class DType { F64, F32, F16, BF16, F8E4M3, F8E5M2, I64, I32, I16, I8, U64, U32, U16, U8, Bool, C64 };

std::size_t byteSize(DType dtype);
std::string_view nameOf(DType dtype); ///< "float32", "bfloat16", ...

struct ArrayInfo {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape; ///< empty for a scalar
  std::int64_t elementCount() const;
};

/// One checkpoint read as data: safetensors, PyTorch's zip format (.pt, .pth, .bin, .ckpt) or its format from
/// before 1.6, or several such files with the index that Hugging Face libraries write ("...index.json").
/// The format is told by content, not by name. Nothing in a file is ever executed: a pickle stream is
/// interpreted with a fixed list of opcodes and constructors, all else is skipped as opaque data.
///
/// Opening costs the header alone; values are read when asked for, from the file as it was when opened: one
/// that is renamed over later does not matter, one that is written in place gives an Error, never a crash
/// (which is why it is not memory-mapped). Memory used is bounded by a small multiple of the file's size.
///
/// A value: copying shares the same read-only file. Safe to read from several threads.
class CheckpointFile {
public:
  /// \throws Error naming the file, the byte offset or tensor, what was expected and what was found: for a
  /// truncated or half-written file, a wrong magic, lengths that lie, duplicate or overlapping tensors,
  /// compressed entries that unfold beyond their stated size, unsupported pickles.
  static CheckpointFile open(const std::filesystem::path &path);
  /// The same, under the names that the entry's mapping gives its tensors.
  static CheckpointFile open(const CheckpointEntry &entry);
  /// The same from bytes in memory; `name` stands for the path in errors.
  static CheckpointFile fromBytes(std::vector<std::byte> bytes, const std::filesystem::path &name);

  const std::filesystem::path &path() const;
  std::string_view format() const; ///< "safetensors" or "pytorch"
  /// The training step and the epoch that the file itself states ("global_step", "step", "iteration"; "epoch").
  std::optional<std::int64_t> storedStep() const;
  std::optional<std::int64_t> storedEpoch() const;
  /// The text of the config.json that Hugging Face libraries keep beside the weights, as it was at opening.
  const std::optional<std::string> &configText() const;

  /// Numeric arrays of the model in file order. Wrappers ("state_dict", "model", ...) are unfolded and the
  /// prefixes "module.", "_orig_mod.", "model." that all names share are stripped; notes() says so.
  const std::vector<ArrayInfo> &arrays() const;
  const ArrayInfo *find(std::string_view name) const; ///< nullptr when absent

  /// The array's values converted to float32 / float64, row-major (strides of the file undone).
  /// \throws Error when there is no such array or its dtype is not a real number.
  std::vector<float> readFloat32(std::string_view name) const;
  std::vector<double> readFloat64(std::string_view name) const;
  /// Fills `out` with the array's own bytes from `byteOffset` of its row-major values, for arrays larger than
  /// memory. \throws Error, also for an array whose elements do not lie one after another in the file.
  void readBytes(std::string_view name, std::uint64_t byteOffset, std::span<std::byte> out) const;

  /// The same checkpoint with tensors renamed; what one name hides is left out. Names the mapping says and the
  /// file has not are left out too, with a note. The hash is another one: it is another model.
  CheckpointFile renamed(const TensorMapping &mapping) const;

  /// One sentence each on what was skipped or renamed ("optimizer: 54 tensors left unread").
  const std::vector<std::string> &notes() const;
  /// The file's own "__metadata__" (safetensors) as given; empty for PyTorch.
  const std::vector<std::pair<std::string, std::string>> &metadata() const;

  /// Identity of the weights: over names (sorted), dtypes, shapes and bytes. The same weights in another
  /// file order or file name hash alike. With names mapped: of the unmapped hash and the mapping. Reads every byte once; about 5 GB/s.
  std::string contentHash() const;

private:
  struct Impl;
  explicit CheckpointFile(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> m_impl;
};

/// A cheap look at whether a file is complete: header and implied size (safetensors), central directory
/// (zip). A file that another process is still writing is Growing, not an error.
enum class FileState { Complete, Growing, Foreign };
FileState checkpointFileState(const std::filesystem::path &path);

} // namespace evolute::core

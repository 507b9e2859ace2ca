// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/checkpoint/parsed_checkpoint.h"
#include "core/checkpoint/pickle_stream.h"

namespace evolute::core {

/// The storages of a file that torch.save wrote, each a run of bytes under a key. Safe to read from several
/// threads.
class TorchStorages {
public:
  virtual ~TorchStorages() = default;
  virtual std::optional<std::size_t> find(const std::string &key) const = 0;
  virtual std::string nameOf(const std::string &key) const = 0; ///< for errors
  virtual std::uint64_t bytes(std::size_t storage) const = 0;
  /// Fills `out` from `offset` of a storage. \throws Error.
  virtual void read(std::size_t storage, std::uint64_t offset, std::span<std::byte> out) const = 0;
  /// Of the file or of all storages, whichever is more: no tensor may unfold to more.
  virtual std::uint64_t allBytes() const = 0;
};

/// Finds the model in what a pickle stream describes and its tensors in the storages. `path` begins errors.
/// \throws Error
ParsedCheckpoint readTorchState(const std::filesystem::path &path, const PickleDocument &document,
                                std::shared_ptr<const TorchStorages> storages);

} // namespace evolute::core

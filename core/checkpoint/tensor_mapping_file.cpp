// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/tensor_mapping_file.h"

#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/error.h"
#include "core/results/writer_place.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

constexpr const char *kFileName = "tensors.toml";

std::vector<fs::path> placesOf(const fs::path &runFolder) {
  const ResultFolders folders = resultFoldersOf(runFolder);
  std::vector<fs::path> places{folders.own / kFileName};
  if (!folders.fallback.empty())
    places.push_back(folders.fallback / kFileName);
  return places;
}

} // namespace

std::optional<TensorMapping> storedTensorMapping(const fs::path &runFolder) {
  std::error_code error;
  for (const fs::path &file : placesOf(runFolder))
    if (fs::is_regular_file(file, error))
      return readRunDescription(file).tensors;
  return {};
}

TensorMapping mappingInForce(const fs::path &runFolder, const TensorMapping &fromRunToml) {
  return storedTensorMapping(runFolder).value_or(fromRunToml);
}

fs::path storeTensorMapping(const fs::path &runFolder, const std::optional<TensorMapping> &mapping) {
  const std::vector<fs::path> places = placesOf(runFolder);
  std::error_code error;
  if (!mapping) {
    for (const fs::path &file : places)
      if (fs::exists(file, error) && !fs::remove(file, error))
        throw Error(file.string() + ": the mapping of tensors cannot be removed: " + error.message());
    return places.front();
  }
  RunDescription description;
  description.tensors = *mapping;
  std::string refusal;
  for (const fs::path &file : places) {
    fs::create_directories(file.parent_path(), error);
    try {
      writeRunDescription(file, description);
      return file;
    } catch (const Error &unwritable) {
      refusal = unwritable.what();
    }
  }
  throw Error(refusal);
}

} // namespace evolute::core

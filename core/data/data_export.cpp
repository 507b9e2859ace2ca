// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/data_export.h"

#include "core/data/npy_array.h"
#include "core/error.h"
#include "core/model/recognized_run.h"
#include "core/torch/dataset.h"

namespace evolute::core {

ExportedData exportData(const Run &run, const std::string &slice, std::int64_t samples,
                        const std::filesystem::path &folder) {
  if (samples < 1)
    throw Error("samples: expected 1 or more, found " + std::to_string(samples));
  const Architecture architecture =
      recognizeRun(run).architecture;
  const Dataset data = makeDataset(architecture, dataTableOf(run, slice), "llc", 0, samples);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw Error(folder.string() + ": cannot make the folder: " + error.message());
  ExportedData exported{
      {folder / "inputs.npy", folder / "targets.npy"}, data.inputs.sizes().vec(), data.targets.sizes().vec(), data.hash};
  const auto write = [](const std::filesystem::path &path, const torch::Tensor &tensor) {
    const torch::Tensor values = tensor.to(torch::kFloat32).contiguous();
    writeNpy(path, values.sizes().vec(), {values.data_ptr<float>(), std::size_t(values.numel())});
  };
  write(exported.files[0], data.inputs);
  write(exported.files[1], data.targets);
  return exported;
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/run_model.h"

#include "core/error.h"
#include "core/model/architectures.h"

namespace evolute::core {

ModelSummary summarizeModel(const Run &run) {
  ModelSummary summary;
  for (const auto &[name, table] : run.description.data)
    if (name == "train")
      summary.slices.insert(summary.slices.begin(), name);
    else
      summary.slices.push_back(name);
  if (summary.slices.empty())
    summary.slices.push_back("train");
  if (run.index.checkpoints.empty()) {
    summary.problem = run.index.root.string() + ": expected checkpoints, found none yet";
    return summary;
  }
  try {
    const CheckpointFile file = CheckpointFile::open(run.index.checkpoints.back());
    summary.notes = file.notes();
    for (const ArrayInfo &array : file.arrays())
      summary.parameterCount += array.elementCount();
    const Architecture architecture = recognizeArchitecture(run.description.model, file);
    summary.parameterCount = 0; // without masks, tables and the optimiser's part
    for (const ParameterShape &p : parametersOf(architecture))
      summary.parameterCount += p.elementCount();
    summary.family = familyOf(architecture);
    summary.text = describe(architecture);
    summary.components = componentsOf(architecture);
  } catch (const Error &error) {
    summary.problem = error.what();
  }
  return summary;
}

} // namespace evolute::core

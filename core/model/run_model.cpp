// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/run_model.h"

#include "core/error.h"
#include "core/model/recognized_run.h"

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
  const CheckpointEntry &newest = run.index.checkpoints.back();
  try {
    const auto [checkpoint, file, architecture] = recognizeRun(run);
    summary.notes = file.notes();
    if (checkpoint.step != newest.step)
      summary.notes.push_back("step " + std::to_string(newest.step) + " cannot be used; the model is that of step " +
                              std::to_string(checkpoint.step));
    for (const ParameterShape &p : parametersOf(architecture)) // without masks, tables and the optimiser's part
      summary.parameterCount += p.elementCount();
    summary.family = familyOf(architecture);
    summary.text = describe(architecture);
    summary.components = componentsOf(architecture);
    return summary;
  } catch (const Error &error) {
    summary.problem = error.what();
  }
  try {
    const CheckpointFile file = CheckpointFile::open(newest);
    summary.notes = file.notes();
    for (const ArrayInfo &array : file.arrays())
      summary.parameterCount += array.elementCount();
  } catch (const Error &) { // the problem says it
  }
  return summary;
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/run_description.h"
#include "core/checkpoint/tensor_mapping.h"
#include "core/model/architectures.h"

namespace evolute::core {

/// One line of the table that shows how the tensors of a file fit what a model expects.
struct TensorFitRow {
  enum class State { Fits, OtherShape, Missing, Unused };
  State state = State::Fits;
  std::string expected; ///< empty when Unused
  std::vector<std::int64_t> expectedShape;
  std::string found; ///< the file's name for it; empty when Missing
  std::vector<std::int64_t> foundShape;
  std::vector<std::string> nearest; ///< for OtherShape and Missing: up to three unused names, best first
};

struct TensorFit {
  std::vector<TensorFitRow> rows; ///< what is expected, in its order; then what is left over, in the file's
  bool fits() const;              ///< nothing is missing or of another shape
};

/// `found`: the file's own names. `mapping`: as TensorMapping says. Nearest names are those of the same
/// shape, then of the same numbers (layers), then with fewest letters changed. Cost: missing times unused
/// names.
TensorFit fitTensors(const std::vector<ParameterShape> &expected, const std::vector<ArrayInfo> &found,
                     const TensorMapping &mapping);

/// `mapping` with missing tensors mapped where one name fits best without doubt: the same shape, the same
/// numbers, and no other as near. A person should look at it.
TensorMapping proposedMapping(const std::vector<ParameterShape> &expected,
                              const std::vector<ArrayInfo> &found, const TensorMapping &mapping);

/// The tensors that a model should have: of the architecture that the file is recognised as, else of the one
/// that the [model] table states in full (family and sizes, as `train` writes them). \throws Error when
/// neither tells.
std::vector<ParameterShape> expectedTensors(const DescriptionTable &model, const CheckpointFile &file);

std::string shapeText(const std::vector<std::int64_t> &shape); ///< "256 x 64"; "scalar"

} // namespace evolute::core

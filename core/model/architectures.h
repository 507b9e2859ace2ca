// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/run_description.h"
#include "core/model/component.h"
#include "core/model/decoder_config.h"
#include "core/model/stored_view.h"

namespace evolute::core {

/// x -> W_L ... W_1 x without biases. Parameters "layers.S.weight", shape [H_{S+1}, H_S].
struct LinearNetworkConfig {
  std::vector<std::int64_t> widths; ///< H_0 ... H_L, two or more
};

/// The in-context linear regression transformer of Hoogland et al. 2024 (arXiv:2402.02364), section 1.2 of its
/// released form: pre-LN blocks, fused QKV without bias in per-head [q|k|v] rows, ReLU MLP with biases, learned
/// positions, linear token embedding without bias, final LN and unembedding with bias.
struct IclTransformerConfig {
  std::int64_t taskDimension = 4; ///< D
  std::int64_t contextPairs = 8;  ///< K; 2K tokens of width D + 1
  std::int64_t width = 64;        ///< d_model
  std::int64_t mlpWidth = 64;
  std::int64_t heads = 4; ///< divides width
  std::int64_t layers = 2;
  /// The released code adds each block's input twice: x <- x + block(x), block(x) = x + attention + MLP.
  bool doubledResidual = false;
  std::int64_t tokenCount() const { return 2 * contextPairs; }
  std::int64_t headWidth() const { return width / heads; }
};

/// Name and shape of one parameter, in the order that the model's forward pass counts them.
struct ParameterShape {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t elementCount() const;
};

/// Linear layers with an activation between each two, as nn.Sequential(Linear, activation, Linear ...) makes them.
/// Parameters "layers.S.weight", shape [H_{S+1}, H_S], and "layers.S.bias".
struct MlpConfig {
  std::vector<std::int64_t> widths; ///< H_0 ... H_L, two or more
  Activation activation = Activation::Relu;
  bool biases = true;
  std::vector<std::string> layerNames; ///< in the file, without ".weight": "0", "2", "net.4"
};

/// Any module that PyTorch compiled to TorchScript and that gives per-sample losses.
struct ScriptConfig {
  std::filesystem::path script;           ///< the compiled module
  std::vector<ParameterShape> parameters; ///< named as in the checkpoints
};

using Architecture = std::variant<LinearNetworkConfig, IclTransformerConfig, DecoderConfig, MlpConfig, ScriptConfig>;

std::vector<ParameterShape> parametersOf(const Architecture &architecture);
/// Where each of parametersOf() lies in a checkpoint, in the same order.
std::vector<StoredView> storedViewsOf(const Architecture &architecture);
std::vector<Component> componentsOf(const Architecture &architecture); ///< "all" first
std::string familyOf(const Architecture &architecture);
std::string describe(const Architecture &architecture); ///< one line for people

/// Tells the architecture from the description's [model] table, from keys and shapes of a checkpoint and, where there
/// is one beside it or in the folder above, from Hugging Face's config.json; what shapes say wins over both.
/// \throws Error naming the first key that does not fit, what neither shapes nor descriptions say, or that no known
/// family has these keys.
Architecture recognizeArchitecture(const DescriptionTable &model, const CheckpointFile &checkpoint);

} // namespace evolute::core

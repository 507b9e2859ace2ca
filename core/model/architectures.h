// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/run_description.h"
#include "core/model/component.h"

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

/// A decoder of attention layers alone, with TransformerLens' key names (HookedTransformer, attn_only): token
/// embedding, pre-LN layers with biases, final LN, unembedding with bias; loss: mean next-token cross-entropy.
/// Hoogland et al. 2024 (arXiv:2402.02364) and Wang et al. 2024 (arXiv:2410.02984) study the 2-layer one.
struct AttentionOnlyConfig {
  std::int64_t vocabulary = 5000;
  std::int64_t context = 1024; ///< longest text in tokens
  std::int64_t width = 256;    ///< d_model
  std::int64_t heads = 8;
  std::int64_t headWidth = 32; ///< d_head
  std::int64_t layers = 2;
  /// True: learned positions are added to the normalised input of queries and keys in every layer, never to
  /// values or the residual stream. False: added to the token embedding.
  bool shortformer = true;
};

using Architecture = std::variant<LinearNetworkConfig, IclTransformerConfig, AttentionOnlyConfig>;

/// Name and shape of one parameter, in the order that the model's forward pass counts them.
struct ParameterShape {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t elementCount() const;
};

std::vector<ParameterShape> parametersOf(const Architecture &architecture);
std::vector<Component> componentsOf(const Architecture &architecture); ///< "all" first
std::string familyOf(const Architecture &architecture);
std::string describe(const Architecture &architecture); ///< one line for people

/// Tells the architecture from the description's [model] table and from keys and shapes of a checkpoint;
/// what shapes say wins over the description. \throws Error naming the first key that does not fit, or that
/// no known family has these keys.
Architecture recognizeArchitecture(const DescriptionTable &model, const CheckpointFile &checkpoint);

} // namespace evolute::core

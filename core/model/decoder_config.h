// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace evolute::core {

/// What a LayerNorm does: nothing, centre and scale ("LNPre"), or also gain and shift. eps is 1e-5 in all.
enum class NormKind { None, Plain, Affine };

/// Where positions enter.
enum class PositionKind {
  None,
  Learned,     ///< added to the token embedding
  Shortformer, ///< learned, added to the normalised input of queries and keys in every layer, nowhere else
  Rotary       ///< queries and keys are turned by angles that grow with the position (Su et al. 2021)
};

/// What stands between the two matrices of an MLP. GeluTanh is the approximation that GPT-2 was trained with.
enum class Activation { Identity, Relu, Gelu, GeluTanh, Tanh, Sigmoid };

/// Whose names and shapes a checkpoint's tensors have.
enum class TensorLayout { TransformerLens, Gpt2, GptNeoX };

/// A decoder-only transformer: token embedding, layers of causal attention and an MLP on a residual stream, norm,
/// unembedding; loss: mean next-token cross-entropy. Everything in which the families differ is a field. The defaults
/// are the 2-layer attention-only model of Hoogland et al. 2024 (arXiv:2402.02364) and Wang et al. 2024
/// (arXiv:2410.02984).
///
/// Its parameters are named and shaped as TransformerLens does, whatever the file: see storedViewsOf().
struct DecoderConfig {
  std::int64_t vocabulary = 5000;
  std::int64_t context = 1024; ///< longest text in tokens
  std::int64_t width = 256;    ///< d_model
  std::int64_t heads = 8;
  std::int64_t headWidth = 32; ///< d_head
  std::int64_t layers = 2;
  PositionKind positions = PositionKind::Shortformer;
  NormKind norm = NormKind::Affine; ///< before attention, before the MLP and before the unembedding
  std::int64_t mlpWidth = 0;        ///< 0: layers of attention alone
  Activation activation = Activation::Gelu;
  bool parallel = false;        ///< the MLP reads what the attention reads, not what it leaves
  bool attentionBias = true;    ///< of queries, keys, values and output
  bool unembedBias = true;
  bool tied = false;            ///< the unembedding is the transposed embedding
  double attentionScale = 0;    ///< scores are multiplied by it; 0: 1 / sqrt(headWidth)
  std::int64_t rotaryWidth = 0; ///< coordinates of a head that rotary positions turn, the first ones; even
  double rotaryBase = 10000;    ///< slowest wavelength / 2 pi, about
  TensorLayout layout = TensorLayout::TransformerLens;
  std::string prefix = {}; ///< in front of the file's names, but of the unembedding's
};

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/decoder_trace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace evolute::core {

namespace {

class Tracer {
public:
  Tracer(const DecoderConfig &config, const Weights &weights, const DecoderChanges &changes)
      : m_config(config), m_weights(weights), m_changes(changes), m_parameters(parametersOf(config)) {}

  DecoderTrace run(const torch::Tensor &ids, const std::vector<TraceKeep> &keep) {
    const auto keeps = [&](TraceKeep what) {
      return std::find(keep.begin(), keep.end(), what) != keep.end();
    };
    DecoderTrace trace;
    m_length = ids.size(1);
    torch::Tensor x = torch::embedding(named("embed.W_E"), ids); // [B, T, width]
    if (m_config.positions == PositionKind::Learned)
      x = x + positions();
    for (std::int64_t l = 0; l < m_config.layers; ++l) {
      const torch::Tensor normal = normalised(x, l, "ln1");
      torch::Tensor patterns;
      torch::Tensor mixtures = mixturesOf(l, normal, keeps(TraceKeep::Patterns) ? &patterns : nullptr);
      mixtures = withPaths(l, x, mixtures);
      for (const DecoderChanges::Head &change : m_changes.heads)
        if (change.head.layer == l) {
          mixtures = mixtures.clone();
          mixtures.select(1, change.head.head).copy_(change.mixture);
        }
      if (keeps(TraceKeep::Patterns))
        trace.patterns.push_back(patterns);
      m_mixtures.push_back(mixtures);
      torch::Tensor middle = x + torch::einsum("bhtc,hcd->btd", {mixtures, layer(l, "attn.W_O")});
      if (const torch::Tensor bias = layer(l, "attn.b_O"); bias.defined())
        middle = middle + bias;
      x = m_config.mlpWidth > 0 ? middle + mlp(l, m_config.parallel ? x : middle) : middle;
    }
    if (keeps(TraceKeep::Mixtures))
      trace.mixtures = m_mixtures;
    const torch::Tensor logits = unembedded(finallyNormalised(x));
    const torch::Tensor logProbabilities = torch::log_softmax(logits, 2);
    const torch::Tensor next = ids.narrow(1, 1, m_length - 1);
    trace.losses = -logProbabilities.narrow(1, 0, m_length - 1).gather(2, next.unsqueeze(2)).squeeze(2);
    if (keeps(TraceKeep::LogProbabilities))
      trace.logProbabilities = logProbabilities;
    return trace;
  }

private:
  torch::Tensor named(const std::string &name) const { // undefined where the model has none
    for (std::size_t i = 0; i < m_parameters.size(); ++i)
      if (m_parameters[i].name == name)
        return m_weights[i];
    return {};
  }
  torch::Tensor layer(std::int64_t l, const std::string &part) const {
    return named("blocks." + std::to_string(l) + "." + part);
  }
  torch::Tensor positions() const {
    const torch::Tensor rows = named("pos_embed.W_pos").narrow(0, 0, m_length);
    return m_changes.withoutPositions ? torch::zeros_like(rows) : rows;
  }

  torch::Tensor normed(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift) const {
    return m_config.norm == NormKind::None ? x : torch::layer_norm(x, {m_config.width}, gain, shift, 1e-5);
  }
  torch::Tensor normalised(const torch::Tensor &x, std::int64_t l, const std::string &norm) const {
    return normed(x, layer(l, norm + ".w"), layer(l, norm + ".b"));
  }
  torch::Tensor finallyNormalised(const torch::Tensor &x) const {
    return normed(x, named("ln_final.w"), named("ln_final.b"));
  }

  /// As Decoder::turned(): rows [B, H, T, c].
  torch::Tensor turned(const torch::Tensor &rows) const {
    const std::int64_t half = m_config.rotaryWidth / 2;
    if (m_config.positions != PositionKind::Rotary || half == 0)
      return rows;
    const auto wide = torch::TensorOptions(rows.device()).dtype(torch::kFloat64);
    const torch::Tensor speeds = torch::pow(m_config.rotaryBase, -torch::arange(half, wide) / double(half));
    const torch::Tensor angles = torch::arange(m_length, wide).unsqueeze(1) * speeds;
    const torch::Tensor cosine = angles.cos().to(rows.scalar_type()),
                        sine = angles.sin().to(rows.scalar_type());
    const torch::Tensor a = rows.narrow(3, 0, half), b = rows.narrow(3, half, half);
    return torch::cat(
        {a * cosine - b * sine, b * cosine + a * sine, rows.narrow(3, 2 * half, rows.size(3) - 2 * half)}, 3);
  }
  torch::Tensor projected(std::int64_t l, const torch::Tensor &x, const std::string &which) const {
    torch::Tensor y = torch::einsum("btd,hdc->bhtc", {x, layer(l, "attn.W_" + which)});
    if (const torch::Tensor bias = layer(l, "attn.b_" + which); bias.defined())
      y = y + bias.unsqueeze(1);
    return y;
  }
  /// [B, H, T, c] from the normalised stream.
  torch::Tensor mixturesOf(std::int64_t l, const torch::Tensor &normal, torch::Tensor *patterns) const {
    const torch::Tensor read =
        m_config.positions == PositionKind::Shortformer ? normal + positions() : normal;
    const torch::Tensor q = turned(projected(l, read, "Q")), k = turned(projected(l, read, "K"));
    const double scale =
        m_config.attentionScale != 0 ? m_config.attentionScale : 1 / std::sqrt(double(m_config.headWidth));
    const torch::Tensor future =
        torch::full({m_length, m_length}, -std::numeric_limits<double>::infinity(), q.options()).triu(1);
    const torch::Tensor weights = torch::softmax(torch::matmul(q, k.transpose(2, 3)) * scale + future, 3);
    if (patterns)
      *patterns = weights;
    return torch::matmul(weights, projected(l, normal, "V"));
  }

  /// Mixtures of heads that a changed path leads to, from the stream that the path's change leaves.
  torch::Tensor withPaths(std::int64_t l, const torch::Tensor &x, torch::Tensor mixtures) const {
    for (std::int64_t h = 0; h < m_config.heads; ++h) {
      torch::Tensor changed;
      for (const DecoderChanges::Path &path : m_changes.paths)
        if (path.to.layer == l && path.to.head == h) {
          const torch::Tensor given = m_mixtures[std::size_t(path.from.layer)].select(1, path.from.head);
          const torch::Tensor out = layer(path.from.layer, "attn.W_O").select(0, path.from.head);
          changed = (changed.defined() ? changed : x) + torch::matmul(path.mixture - given, out);
        }
      if (!changed.defined())
        continue;
      mixtures = mixtures.clone();
      mixtures.select(1, h).copy_(mixturesOf(l, normalised(changed, l, "ln1"), nullptr).select(1, h));
    }
    return mixtures;
  }

  torch::Tensor mlp(std::int64_t l, const torch::Tensor &x) const {
    torch::Tensor y = torch::matmul(normalised(x, l, "ln2"), layer(l, "mlp.W_in")) + layer(l, "mlp.b_in");
    switch (m_config.activation) {
    case Activation::Identity:
      break;
    case Activation::Relu:
      y = torch::relu(y);
      break;
    case Activation::Gelu:
      y = torch::gelu(y);
      break;
    case Activation::GeluTanh:
      y = torch::gelu(y, "tanh");
      break;
    case Activation::Tanh:
      y = torch::tanh(y);
      break;
    case Activation::Sigmoid:
      y = torch::sigmoid(y);
      break;
    }
    return torch::matmul(y, layer(l, "mlp.W_out")) + layer(l, "mlp.b_out");
  }

  torch::Tensor unembedded(const torch::Tensor &x) const {
    const torch::Tensor logits =
        torch::matmul(x, m_config.tied ? named("embed.W_E").t() : named("unembed.W_U"));
    const torch::Tensor bias = named("unembed.b_U");
    return bias.defined() ? logits + bias : logits;
  }

  const DecoderConfig &m_config;
  const Weights &m_weights;
  const DecoderChanges &m_changes;
  std::vector<ParameterShape> m_parameters;
  std::int64_t m_length = 0;
  std::vector<torch::Tensor> m_mixtures;
};

} // namespace

DecoderTrace traceDecoder(const DecoderConfig &config, const Weights &weights, const torch::Tensor &ids,
                          const DecoderChanges &changes, const std::vector<TraceKeep> &keep) {
  torch::NoGradGuard noGrad;
  return Tracer(config, weights, changes).run(ids, keep);
}

} // namespace evolute::core

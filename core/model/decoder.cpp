// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/model/built_in_models.h"
#include "core/torch/activation.h"
#include "core/torch/batched_ops.h"
#include "core/torch/initial_weights.h"
#include "core/torch/kl_loss.h"
#include "core/torch/next_token_loss.h"

namespace evolute::core {

namespace {

/// [(R,) H, width, c] -> [(R,) H c, width], as affine() takes it.
torch::Tensor stacked(const torch::Tensor &matrix) {
  return matrix.transpose(-1, -2).flatten(-3, -2);
}
/// [(R,) H, c, width] -> [(R,) width, H c].
torch::Tensor sideBySide(const torch::Tensor &output) {
  return output.flatten(-3, -2).transpose(-1, -2);
}

constexpr std::array<const char *, 16> kPartNames = {"ln1.w",    "ln1.b",    "attn.W_Q", "attn.W_K",
                                                     "attn.W_V", "attn.W_O", "attn.b_Q", "attn.b_K",
                                                     "attn.b_V", "attn.b_O", "ln2.w",    "ln2.b",
                                                     "mlp.W_in", "mlp.b_in", "mlp.W_out", "mlp.b_out"};

constexpr std::int64_t kMostScores = 1 << 26; ///< that a frozen readout may hold: 270 MB of float32

} // namespace

Decoder::Decoder(const DecoderConfig &config, std::optional<Unembedding> reference)
    : m_config(config), m_reference(std::move(reference)) {
  const std::vector<ParameterShape> parameters = parametersOf(config);
  const auto find = [&](const std::string &name) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const ParameterShape &p) { return p.name == name; });
    return found == parameters.end() ? kAbsent : std::size_t(found - parameters.begin());
  };
  m_position = find("pos_embed.W_pos");
  m_firstLayer = m_position == kAbsent ? 1 : 2;
  m_perLayer = 0;
  for (const ParameterShape &p : parameters)
    m_perLayer += p.name.starts_with("blocks.0.") ? 1 : 0;
  for (std::size_t part = 0; part < kParts; ++part) {
    const std::size_t place = find(std::string("blocks.0.") + kPartNames[part]);
    m_inLayer[part] = place == kAbsent ? kAbsent : place - m_firstLayer;
  }
  m_finalGain = find("ln_final.w");
  m_unembedding = find("unembed.W_U");
  m_unembedBias = find("unembed.b_U");
}

std::size_t Decoder::placeOf(std::int64_t l, Part part) const {
  return m_inLayer[part] == kAbsent ? kAbsent : m_firstLayer + m_perLayer * std::size_t(l) + m_inLayer[part];
}

torch::Tensor Decoder::of(const Weights &w, std::int64_t l, Part part) const {
  const std::size_t place = placeOf(l, part);
  return place == kAbsent ? torch::Tensor() : w[place];
}

Decoder::Heads Decoder::headsOf(const Weights &w, std::int64_t l) const {
  return {of(w, l, kQuery),     of(w, l, kKey),     of(w, l, kValue),    of(w, l, kOutput),
          of(w, l, kQueryBias), of(w, l, kKeyBias), of(w, l, kValueBias)};
}

torch::Tensor Decoder::normalised(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift) const {
  switch (m_config.norm) {
  case NormKind::None:
    return x;
  case NormKind::Plain:
    return layerNorm(x, torch::ones({m_config.width}, x.options()), torch::zeros({m_config.width}, x.options()));
  case NormKind::Affine:
    break;
  }
  return layerNorm(x, gain, shift);
}

torch::Tensor Decoder::finallyNormalised(const Weights &w, const torch::Tensor &x) const {
  return m_finalGain == kAbsent ? normalised(x, {}, {}) : normalised(x, w[m_finalGain], w[m_finalGain + 1]);
}

Unembedding Decoder::unembeddingOf(const Weights &w) const {
  const torch::Tensor W = m_config.tied ? w[0].transpose(-1, -2) : w[m_unembedding];
  return {W, m_unembedBias == kAbsent ? torch::zeros({m_config.vocabulary}, W.options()) : w[m_unembedBias]};
}

/// [R, B T, width]; R is that of the inputs or of what moves.
torch::Tensor Decoder::embedded(const Weights &w, const torch::Tensor &inputs) const {
  const std::int64_t batch = inputs.size(1), length = inputs.size(2);
  torch::Tensor x;
  if (w[0].dim() == 2) {
    x = torch::embedding(w[0], inputs.reshape({inputs.size(0), -1}));
  } else { // replica r reads row r V + token of all tables one below the other
    const torch::Tensor shift = torch::arange(w[0].size(0), inputs.options()).unsqueeze(1) * m_config.vocabulary;
    x = torch::embedding(w[0].flatten(0, 1), inputs.reshape({inputs.size(0), -1}) + shift);
  }
  return m_config.positions == PositionKind::Learned
             ? withPosition(w, x.view({x.size(0), batch, length, -1})).flatten(1, 2)
             : x;
}

/// x [R, B, T, width] + position.
torch::Tensor Decoder::withPosition(const Weights &w, const torch::Tensor &x) const {
  const torch::Tensor &all = w[m_position];
  const torch::Tensor position = all.narrow(all.dim() - 2, 0, x.size(2));
  return x + (position.dim() == 2 ? position : position.unsqueeze(1));
}

/// What queries and keys are made of.
torch::Tensor Decoder::positioned(const Weights &w, const torch::Tensor &normal, std::int64_t length) const {
  if (m_config.positions != PositionKind::Shortformer)
    return normal;
  return withPosition(w, normal.view({normal.size(0), -1, length, m_config.width})).flatten(1, 2);
}

/// Rows [N, T, c] of queries or keys, turned by their positions: coordinates i and i + half of the first rotaryWidth are
/// a point in a plane that turns by base^(-2 i / rotaryWidth) from one position to the next.
torch::Tensor Decoder::turned(const torch::Tensor &rows) const {
  const std::int64_t half = m_config.rotaryWidth / 2;
  if (m_config.positions != PositionKind::Rotary || half == 0)
    return rows;
  const auto wide = torch::TensorOptions(rows.device()).dtype(torch::kFloat64);
  const torch::Tensor speeds = torch::pow(m_config.rotaryBase, -torch::arange(half, wide) / double(half));
  const torch::Tensor angles = torch::arange(rows.size(1), wide).unsqueeze(1) * speeds; // [T, half]
  const torch::Tensor cosine = angles.cos().to(rows.scalar_type()), sine = angles.sin().to(rows.scalar_type());
  const torch::Tensor a = rows.narrow(2, 0, half), b = rows.narrow(2, half, half);
  return torch::cat({a * cosine - b * sine, b * cosine + a * sine, rows.narrow(2, 2 * half, rows.size(2) - 2 * half)}, 2);
}

/// Values mixed by causal attention, heads side by side: [R, B T, H c].
torch::Tensor Decoder::mixture(const Heads &heads, const torch::Tensor &forScores, const torch::Tensor &forValues,
                               std::int64_t length) const {
  const std::int64_t count = heads.query.size(-3), c = heads.query.size(-1);
  const auto rows = [&](const torch::Tensor &x, const torch::Tensor &matrix, const torch::Tensor &bias) {
    const torch::Tensor y = affine(x, stacked(matrix), bias.defined() ? bias.flatten(-2) : bias); // [R, B T, H c]
    return y.view({-1, length, count, c}).transpose(1, 2).reshape({-1, length, c});              // [R B H, T, c]
  };
  const torch::Tensor q = turned(rows(forScores, heads.query, heads.queryBias));
  const torch::Tensor k = turned(rows(forScores, heads.key, heads.keyBias));
  const torch::Tensor v = rows(forValues, heads.value, heads.valueBias);
  const std::int64_t most = std::max({q.size(0), k.size(0), v.size(0)});
  const auto all = [&](const torch::Tensor &t) { // one of q, k, v may be shared by the replicas
    return t.size(0) == most ? t : t.repeat({most / t.size(0), 1, 1});
  };
  const torch::Tensor future =
      torch::full({length, length}, -std::numeric_limits<double>::infinity(), q.options()).triu(1);
  const double scale = m_config.attentionScale != 0 ? m_config.attentionScale : 1 / std::sqrt(double(c));
  const torch::Tensor weights = torch::softmax(torch::baddbmm(future, all(q), all(k).transpose(1, 2), 1, scale), 2);
  const torch::Tensor mixed = torch::bmm(weights, all(v)).view({-1, count, length, c}).transpose(1, 2);
  return mixed.reshape({-1, forScores.size(1), count * c});
}

Decoder::Attention Decoder::throughAttention(const Weights &w, std::int64_t l, const torch::Tensor &x,
                                             const torch::Tensor &targets) const {
  const std::int64_t length = targets.size(2);
  const torch::Tensor normal = normalised(x, of(w, l, kGain), of(w, l, kShift));
  const Heads heads = headsOf(w, l);
  const torch::Tensor mixed = mixture(heads, positioned(w, normal, length), normal, length);
  return {x, normal, mixed, addAffine(x, mixed, sideBySide(heads.output), of(w, l, kOutputBias))};
}

torch::Tensor Decoder::mlpHidden(const Weights &w, std::int64_t l, const torch::Tensor &x) const {
  const torch::Tensor normal = normalised(x, of(w, l, kMlpGain), of(w, l, kMlpShift));
  const torch::Tensor matrix = of(w, l, kIn).transpose(-1, -2), bias = of(w, l, kInBias);
  return activated(m_config.activation, normal, matrix, bias);
}

torch::Tensor Decoder::pastMlp(const Weights &w, std::int64_t l, const Attention &attention) const {
  if (m_config.mlpWidth == 0)
    return attention.middle;
  const torch::Tensor hidden = mlpHidden(w, l, m_config.parallel ? attention.x : attention.middle);
  return addAffine(attention.middle, hidden, of(w, l, kOut).transpose(-1, -2), of(w, l, kOutBias));
}

torch::Tensor Decoder::readOut(const Weights &w, const torch::Tensor &x, const torch::Tensor &targets) const {
  const torch::Tensor normal = finallyNormalised(w, x);
  const Unembedding own = unembeddingOf(w);
  const std::int64_t copies = targets.size(0);
  const torch::Tensor perToken =
      m_reference ? referenceKl(normal, own.W, own.b, targets.reshape({copies, -1, targets.size(3)}), m_reference->W,
                                m_reference->b)
                  : nextTokenLosses(normal, own.W, own.b, targets.reshape({copies, -1}));
  return perToken.view({perToken.size(0), targets.size(1), targets.size(2)}).mean(2);
}

torch::Tensor Decoder::finalStream(const Weights &w, const torch::Tensor &inputs) const {
  torch::Tensor x = embedded(w, inputs.unsqueeze(0));
  for (std::int64_t l = 0; l < m_config.layers; ++l)
    x = pastMlp(w, l, throughAttention(w, l, x, inputs.unsqueeze(0)));
  return finallyNormalised(w, x).view({inputs.size(0), inputs.size(1), m_config.width});
}

torch::Tensor Decoder::outputs(const Weights &w, const torch::Tensor &inputs) const {
  const std::int64_t length = inputs.size(1);
  const torch::Tensor last = finalStream(w, inputs).narrow(1, 0, length - 1), next = inputs.narrow(1, 1, length - 1);
  const Unembedding own = unembeddingOf(w);
  const torch::Tensor columns = torch::embedding(own.W.t(), next); // [B, T - 1, width]
  return (last * columns).sum(2) + own.b.index_select(0, next.reshape({-1})).view_as(next);
}

std::int64_t Decoder::activationsPerSample(const torch::Tensor &inputs) const {
  const std::int64_t length = inputs.size(1);
  const std::int64_t perToken = 10 * m_config.width + 3 * m_config.heads * length +
                                (m_config.mlpWidth > 0 ? 4 * m_config.width + 3 * m_config.mlpWidth : 0);
  return length * (m_config.layers * perToken + 3 * m_config.width);
}

Weights Decoder::initialWeights(std::uint64_t seed) const {
  Weights weights;
  for (const ParameterShape &p : parametersOf(m_config))
    if (p.name.find("W_") != std::string::npos)
      weights.push_back(normalParameter(p, 0.8 / std::sqrt(double(m_config.width)), seed));
    else
      weights.push_back(p.name.ends_with(".w") ? torch::ones(p.shape) : torch::zeros(p.shape));
  return weights;
}

std::int64_t Decoder::stageOf(std::size_t parameter) const {
  if (parameter == 0) // tied or not
    return -1;
  if (parameter == m_position)
    return m_config.positions == PositionKind::Shortformer ? 0 : -1;
  const std::size_t inLayers = parameter - m_firstLayer;
  const auto layer = std::int64_t(inLayers / m_perLayer);
  const std::size_t firstOfMlp = std::min(m_inLayer[kMlpGain], m_inLayer[kIn]); // kAbsent is the largest
  return std::min(2 * layer + (inLayers % m_perLayer >= firstOfMlp ? 1 : 0), 2 * m_config.layers);
}

/// The head that a component consists of: its four matrices, with its three biases or without.
std::optional<std::int64_t> Decoder::movingHead(const MovingWeights &moving) const {
  constexpr std::array<Part, 7> kOfHead = {kQuery, kKey, kValue, kOutput, kQueryBias, kKeyBias, kValueBias};
  const auto &parts = moving.parts();
  if ((parts.size() != 4 && parts.size() != 7) || parts.front().parameter < m_firstLayer)
    return std::nullopt;
  const auto l = std::int64_t((parts.front().parameter - m_firstLayer) / m_perLayer);
  if (l >= m_config.layers)
    return std::nullopt;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].parameter != placeOf(l, kOfHead[i]) || parts[i].dim != 0 || parts[i].begin != parts.front().begin ||
        parts[i].end != parts[i].begin + 1)
      return std::nullopt;
  return parts.front().begin;
}

/// The frozen stream, less the head's frozen share, plus what the moving head gives. Where an MLP stands beside the
/// attention or there is none, that is the stream behind the whole layer.
torch::Tensor Decoder::lossesPastHead(const MovingWeights &moving, std::int64_t h, std::int64_t l,
                                      const FrozenPass &frozen) const {
  Attention attention = keptOf(frozen, l);
  const Weights &start = moving.start();
  const auto &parts = moving.parts();
  const auto biasOf = [&](std::size_t moved, Part part) {
    if (parts.size() == 7)
      return parts[moved].leaf;
    const torch::Tensor bias = of(start, l, part);
    return bias.defined() ? bias.narrow(0, h, 1) : bias;
  };
  const Heads head{parts[0].leaf,         parts[1].leaf,       parts[2].leaf,        parts[3].leaf,
                   biasOf(4, kQueryBias), biasOf(5, kKeyBias), biasOf(6, kValueBias)};
  const std::int64_t c = m_config.headWidth, length = frozen.inputs.size(2);
  const torch::Tensor frozenZ = attention.mixed.narrow(2, h * c, c), frozenOutput = of(start, l, kOutput).select(0, h);
  torch::Tensor others;
  {
    torch::NoGradGuard noGrad;
    others = (streamsAddUp() ? streamOf(frozen, l + 1) : attention.middle) - torch::matmul(frozenZ, frozenOutput);
  }
  const torch::Tensor z = mixture(head, positioned(start, attention.normal, length), attention.normal, length);
  const torch::Tensor x = addAffine(others, z, sideBySide(head.output));
  if (!streamsAddUp()) {
    attention.middle = x;
    return lossesFrom(l + 1, pastMlp(start, l, attention), start, frozen.targets);
  }
  if (l + 1 < m_config.layers || frozen.kept.size() == readoutPlace())
    return lossesFrom(l + 1, x, start, frozen.targets);
  const torch::Tensor *kept = &frozen.kept[readoutPlace()];
  const torch::Tensor perToken =
      nextTokenLosses(FrozenReadout{kept[0], kept[1], kept[2]},
                      HeadUpdate{x, z, head.output.squeeze(1), frozenZ, frozenOutput}, frozen.targets.flatten(1));
  return perToken.view({perToken.size(0), frozen.targets.size(1), frozen.targets.size(2)}).mean(2);
}

/// What a FrozenReadout holds, where heads of the last layer will read it and its scores are not too many.
void Decoder::keepReadout(const Weights &start, FrozenPass &frozen) const {
  const torch::Tensor &x = frozen.kept.back();
  if (m_reference || !streamsAddUp() || m_config.norm == NormKind::None ||
      x.numel() / m_config.width * m_config.vocabulary > kMostScores)
    return;
  const Unembedding own = unembeddingOf(start);
  const bool plain = m_finalGain == kAbsent;
  const FrozenReadout readout =
      frozenReadout(x, plain ? torch::ones({m_config.width}, x.options()) : start[m_finalGain],
                    plain ? torch::zeros({m_config.width}, x.options()) : start[m_finalGain + 1], own.W, own.b);
  frozen.kept.insert(frozen.kept.end(), {readout.map, readout.bias, readout.scores});
}

std::unique_ptr<ModelModule> makeModel(const DecoderConfig &config) {
  return std::make_unique<Decoder>(config);
}

} // namespace evolute::core

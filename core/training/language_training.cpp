// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/training_task.h"

#include <algorithm>
#include <map>

#include "core/data/token_file.h"
#include "core/error.h"
#include "core/sampling/permutation.h"
#include "core/sampling/philox.h"
#include "core/torch/objective.h"

namespace evolute::core {

namespace {

/// Into how many shards a batch is cut at most: each holds weights and a gradient of its own.
constexpr std::int64_t kShards = 8;

DecoderConfig configOf(const TrainSettings &s) {
  DecoderConfig config;
  config.vocabulary = s.language.vocabulary;
  config.context = s.language.context;
  config.width = s.modelWidth;
  config.heads = s.heads;
  config.headWidth = s.modelWidth / s.heads;
  config.layers = s.layers;
  config.positions = s.language.positions == "standard" ? PositionKind::Learned : PositionKind::Shortformer;
  return config;
}

class LanguageTraining : public TrainingTask {
public:
  explicit LanguageTraining(const TrainSettings &settings)
      : m_settings(settings), m_config(configOf(settings)), m_architecture(m_config),
        m_tokens(settings.language.data.at("train"), m_config.context, m_config.vocabulary) {
    for (const auto &[name, table] : settings.language.data)
      if (name != "train") {
        const TokenFile file(table, m_config.context, m_config.vocabulary);
        const auto count = std::min<std::int64_t>(settings.language.evaluationSequences, file.sequenceCount());
        m_evaluation.emplace(name, makeDataset(m_architecture, table, "evaluation", 0, count));
      }
  }

  const Architecture &architecture() const override { return m_architecture; }
  std::int64_t shardSize() const override { return (m_settings.batchSize + kShards - 1) / kShards; }

  /// Each sequence once an epoch, in an order that the seed and the epoch give.
  Dataset batch(std::int64_t step, std::int64_t begin, std::int64_t count) const override {
    torch::Tensor tokens = torch::empty({count, m_config.context}, torch::kInt64);
    const std::int64_t all = m_tokens.sequenceCount();
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t place = step * m_settings.batchSize + begin + i;
      const std::uint64_t key = streamKey(m_settings.seed, "training-order", {}, {}, std::uint64_t(place / all));
      m_tokens.read(permuted(place % all, all, key), m_config.vocabulary,
                    {tokens.data_ptr<std::int64_t>() + i * m_config.context, std::size_t(m_config.context)});
    }
    return {tokens.narrow(1, 0, m_config.context - 1), tokens.narrow(1, 1, m_config.context - 1), {}};
  }

  /// The mean over the slices that are not trained on, then each.
  Values evaluate(const ModelModule &model, const Weights &weights, int threads) const override {
    const torch::Device device = weights.front().device();
    Values values = {{"eval_loss", 0.0}};
    for (const auto &[name, data] : m_evaluation) {
      const DataObjective objective(model, data.inputs.to(device), data.targets.to(device));
      const double loss = lossTable(objective, weights, threads).mean().item<double>();
      values.front().second += loss / double(m_evaluation.size());
      values.emplace_back("eval_loss_" + name, loss);
    }
    return values;
  }

private:
  const TrainSettings &m_settings;
  DecoderConfig m_config;
  Architecture m_architecture;
  TokenFile m_tokens;
  std::map<std::string, Dataset> m_evaluation;
};

} // namespace

std::unique_ptr<TrainingTask> makeLanguageTraining(const TrainSettings &settings) {
  return std::make_unique<LanguageTraining>(settings);
}

} // namespace evolute::core

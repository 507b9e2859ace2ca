// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/training_task.h"

#include "core/sampling/philox.h"
#include "core/torch/objective.h"
#include "core/training/run_writer.h"

namespace evolute::core {

namespace {

constexpr std::int64_t kEvaluationSamples = 1024;

Architecture architectureOf(const TrainSettings &s) {
  if (s.task == "linear-network")
    return LinearNetworkConfig{s.widths};
  return IclTransformerConfig{s.taskDimension, s.contextPairs, s.modelWidth, s.modelWidth,
                              s.heads,         s.layers,       s.doubledResidual};
}

class RegressionTraining : public TrainingTask {
public:
  explicit RegressionTraining(const TrainSettings &settings)
      : m_settings(settings), m_architecture(architectureOf(settings)),
        m_table(descriptionOf(settings).data.at("train")),
        m_evaluation(makeDataset(m_architecture, m_table, "evaluation", 0, kEvaluationSamples)) {
    if (settings.task == "icl-regression" && settings.taskCount > 0) {
      DescriptionTable fresh = m_table;
      fresh.erase("tasks");
      m_freshEvaluation = makeDataset(m_architecture, fresh, "evaluation", 0, kEvaluationSamples);
    }
    if (settings.task == "linear-network")
      m_fixed = makeDataset(m_architecture, m_table, "train", 0, settings.trainingSamples);
  }

  const Architecture &architecture() const override { return m_architecture; }
  std::int64_t shardSize() const override { return 64; }

  Dataset batch(std::int64_t step, std::int64_t begin, std::int64_t count) const override {
    const auto first = std::uint64_t(step) * std::uint64_t(m_settings.batchSize) + std::uint64_t(begin);
    if (!m_fixed.inputs.defined())
      return makeDataset(m_architecture, m_table, "train", first, count);
    torch::Tensor indices = torch::empty({count}, torch::kInt64);
    RandomStream{streamKey(m_settings.seed, "training-minibatch")}.integers(
        first, std::uint32_t(m_fixed.size()), {indices.data_ptr<std::int64_t>(), std::size_t(count)});
    return {m_fixed.inputs.index_select(0, indices), m_fixed.targets.index_select(0, indices), {}};
  }

  /// On fixed samples. For the regression task also the ICL score (last position's loss minus the first's) and the
  /// mean square of the predictions, which falls to 0 when the model predicts the prior.
  Values evaluate(const ModelModule &model, const Weights &weights, int threads) const override {
    const DataObjective objective(model, m_evaluation.inputs, m_evaluation.targets);
    Values values = {{"eval_loss", lossTable(objective, weights, threads).mean().item<double>()}};
    if (const auto *icl = std::get_if<IclTransformerConfig>(&m_architecture)) {
      const torch::Tensor outputs = model.outputs(weights, m_evaluation.inputs);
      const torch::Tensor predicted =
          outputs.view({-1, icl->contextPairs, 2, icl->taskDimension + 1}).select(2, 0).select(2, 0); // [n, K]
      const torch::Tensor byPosition = (predicted - m_evaluation.targets).square().mean(0);
      values.emplace_back("icl_score", (byPosition[-1] - byPosition[0]).item<double>());
      values.emplace_back("prediction_square", predicted.square().mean().item<double>());
    }
    if (m_freshEvaluation.inputs.defined()) { // tasks that training never shows
      const DataObjective fresh(model, m_freshEvaluation.inputs, m_freshEvaluation.targets);
      values.emplace_back("ood_loss", lossTable(fresh, weights, threads).mean().item<double>());
    }
    return values;
  }

private:
  const TrainSettings &m_settings;
  Architecture m_architecture;
  DescriptionTable m_table;
  Dataset m_evaluation, m_freshEvaluation, m_fixed;
};

} // namespace

std::unique_ptr<TrainingTask> makeRegressionTraining(const TrainSettings &settings) {
  return std::make_unique<RegressionTraining>(settings);
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/sampling/philox.h"
#include "core/torch/dataset.h"
#include "core/torch/model_module.h"
#include "core/torch/objective.h"
#include "core/torch/runtime.h"
#include "core/training/run_writer.h"

namespace evolute::core {

namespace {

/// A batch is cut into shards of this many samples whatever the number of threads, and their gradients are
/// summed in order: the same bits on one core and on many.
constexpr std::int64_t kShard = 64;
constexpr std::int64_t kEvaluationSamples = 1024;

Architecture architectureOf(const TrainSettings &s) {
  if (s.task == "linear-network")
    return LinearNetworkConfig{s.widths};
  return IclTransformerConfig{s.taskDimension, s.contextPairs, s.modelWidth, s.modelWidth,
                              s.heads,         s.layers,       s.doubledResidual};
}

double learningRateAt(const TrainSettings &s, std::int64_t step) {
  if (s.schedule == "constant")
    return s.learningRate;
  const double t = (double(step) + 0.5) / double(s.steps); // in (0, 1): no update, the last neither, has rate 0
  return s.learningRate * std::min(2 * t, 2 * (1 - t));
}

/// Adam (Kingma & Ba 2015) on one flat buffer.
struct Adam {
  torch::Tensor first, second; ///< running means of gradient and its square, [P]

  void step(torch::Tensor &weights, const torch::Tensor &gradient, double rate, std::int64_t stepNumber) {
    constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
    first.mul_(kBeta1).add_(gradient, 1 - kBeta1);
    second.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    const double correct1 = 1 - std::pow(kBeta1, double(stepNumber));
    const double correct2 = 1 - std::pow(kBeta2, double(stepNumber));
    weights.addcdiv_(first, (second / correct2).sqrt_().add_(kEpsilon), -rate / correct1);
  }
};

std::span<const std::byte> bytesOf(const torch::Tensor &tensor) {
  return {static_cast<const std::byte *>(tensor.data_ptr()), std::size_t(tensor.numel()) * tensor.element_size()};
}

class Training {
public:
  Training(const TrainSettings &settings, const std::filesystem::path &out, int threads)
      : m_settings(settings), m_threads(threads), m_writer(settings, out), m_architecture(architectureOf(settings)),
        m_parameters(parametersOf(m_architecture)), m_model(makeModel(m_architecture)),
        m_table(descriptionOf(settings).data.at("train")) {
    const Component all = componentsOf(m_architecture).front();
    const Weights initial = m_model->initialWeights(settings.seed);
    for (std::int64_t begin = 0; begin < settings.batchSize; begin += kShard)
      m_shards.emplace_back(initial, m_parameters, all, 1);
    m_flat = m_shards.front().anchor().clone();
    m_adam = {torch::zeros_like(m_flat), torch::zeros_like(m_flat)};
    m_evaluation = makeDataset(m_architecture, m_table, "evaluation", 0, kEvaluationSamples);
    if (settings.task == "icl-regression" && settings.taskCount > 0) {
      DescriptionTable fresh = m_table;
      fresh.erase("tasks");
      m_freshEvaluation = makeDataset(m_architecture, fresh, "evaluation", 0, kEvaluationSamples);
    }
    if (settings.task == "linear-network")
      m_fixed = makeDataset(m_architecture, m_table, "train", 0, settings.trainingSamples);
    const auto grid = checkpointGrid(settings.steps, settings.linearCheckpoints, settings.logarithmicCheckpoints);
    m_grid.insert(grid.begin(), grid.end());
    resume();
  }

  TrainReport run(const Observer &observe) {
    if (!m_report.resumed)
      save(0);
    const Observer quiet = [](const Progress &) { return Flow::Continue; };
    const Observer &watch = observe ? observe : quiet;
    while (m_step < m_settings.steps) {
      advance();
      if (!m_report.failure.empty())
        break;
      if (m_grid.contains(m_step))
        save(m_step);
      if (watch({m_step, m_settings.steps, "training steps"}) == Flow::Stop) {
        m_report.stopped = m_step < m_settings.steps;
        if (m_report.stopped && !m_grid.contains(m_step))
          saveState(); // nothing that was trained is done again
        break;
      }
    }
    m_report.steps = m_step;
    m_report.checkpoints = m_writer.checkpointCount();
    m_report.finalLoss = m_report.failure.empty() ? m_evaluationLoss : std::numeric_limits<double>::quiet_NaN();
    return m_report;
  }

private:
  /// Weights as named arrays for a checkpoint: views of the flat buffer, in the order of parametersOf().
  std::vector<ArrayToWrite> arrays() const {
    std::vector<ArrayToWrite> list;
    std::int64_t offset = 0;
    for (const ParameterShape &p : m_parameters) {
      list.push_back({{p.name, DType::F32, p.shape}, bytesOf(m_flat.narrow(0, offset, p.elementCount()))});
      offset += p.elementCount();
    }
    return list;
  }

  Dataset batch(std::int64_t begin, std::int64_t count) const {
    const auto first = std::uint64_t(m_step) * std::uint64_t(m_settings.batchSize) + std::uint64_t(begin);
    if (!m_fixed.inputs.defined())
      return makeDataset(m_architecture, m_table, "train", first, count);
    torch::Tensor indices = torch::empty({count}, torch::kInt64);
    RandomStream{streamKey(m_settings.seed, "training-minibatch")}.integers(
        first, std::uint32_t(m_fixed.size()), {indices.data_ptr<std::int64_t>(), std::size_t(count)});
    return {m_fixed.inputs.index_select(0, indices), m_fixed.targets.index_select(0, indices), {}};
  }

  void advance() {
    const auto shards = std::int64_t(m_shards.size());
    std::vector<torch::Tensor> gradients(m_shards.size());
    std::vector<double> losses(m_shards.size());
    parallelTensorWork(shards, m_threads, [&](std::int64_t s) {
      const std::int64_t first = s * kShard, count = std::min<std::int64_t>(kShard, m_settings.batchSize - first);
      MovingWeights &weights = m_shards[std::size_t(s)];
      {
        torch::NoGradGuard noGrad;
        weights.flat().copy_(m_flat.unsqueeze(0));
      }
      const Dataset data = batch(first, count);
      const torch::Tensor loss =
          m_model->losses(weights.parameters(), data.inputs.unsqueeze(0), data.targets.unsqueeze(0)).sum() /
          m_settings.batchSize;
      gradients[std::size_t(s)] = weights.gradient(loss).squeeze(0);
      losses[std::size_t(s)] = loss.item<double>();
    });
    torch::NoGradGuard noGrad;
    torch::Tensor gradient = gradients.front();
    double loss = losses.front();
    for (std::size_t s = 1; s < gradients.size(); ++s) {
      gradient.add_(gradients[s]);
      loss += losses[s];
    }
    if (!std::isfinite(loss)) { // the weights stay as they are: no update is made with such a gradient
      m_report.failure = "The training's loss is no longer finite at step " + std::to_string(m_step) +
                         "; a lower learning rate may help.";
      return;
    }
    const double rate = learningRateAt(m_settings, m_step);
    if (m_step % m_settings.logEvery == 0) // of the weights at this step, as save()'s evaluation is
      m_writer.writeMetrics(m_step, {{"loss", loss}, {"learning_rate", rate}});
    ++m_step;
    m_adam.step(m_flat, gradient, rate, m_step);
  }

  /// Evaluation on fixed samples. For the regression task also the ICL score (last position's loss minus the
  /// first's) and the mean square of the predictions, which falls to 0 when the model predicts the prior.
  std::vector<std::pair<std::string, double>> evaluate() {
    torch::NoGradGuard noGrad;
    Weights weights = MovingWeights(unflatten(), m_parameters, componentsOf(m_architecture).front(), 1).parameters();
    for (torch::Tensor &w : weights)
      w = w.detach().squeeze(0);
    const DataObjective objective(*m_model, m_evaluation.inputs, m_evaluation.targets);
    m_evaluationLoss = lossTable(objective, weights, m_threads).mean().item<double>();
    std::vector<std::pair<std::string, double>> values = {{"eval_loss", m_evaluationLoss}};
    if (const auto *icl = std::get_if<IclTransformerConfig>(&m_architecture)) {
      const torch::Tensor outputs = m_model->outputs(weights, m_evaluation.inputs);
      const torch::Tensor predicted =
          outputs.view({-1, icl->contextPairs, 2, icl->taskDimension + 1}).select(2, 0).select(2, 0); // [n, K]
      const torch::Tensor byPosition = (predicted - m_evaluation.targets).square().mean(0);
      values.emplace_back("icl_score", (byPosition[-1] - byPosition[0]).item<double>());
      values.emplace_back("prediction_square", predicted.square().mean().item<double>());
    }
    if (m_freshEvaluation.inputs.defined()) { // tasks that training never shows
      const DataObjective fresh(*m_model, m_freshEvaluation.inputs, m_freshEvaluation.targets);
      values.emplace_back("ood_loss", lossTable(fresh, weights, m_threads).mean().item<double>());
    }
    return values;
  }

  Weights unflatten() const {
    Weights weights;
    std::int64_t offset = 0;
    for (const ParameterShape &p : m_parameters) {
      weights.push_back(m_flat.narrow(0, offset, p.elementCount()).view(p.shape));
      offset += p.elementCount();
    }
    return weights;
  }

  void save(std::int64_t step) {
    m_writer.writeMetrics(step, evaluate());
    m_writer.writeCheckpoint(step, arrays());
    saveState();
  }

  /// What resuming needs; at any step.
  void saveState() {
    const std::vector<std::int64_t> shape = {m_flat.size(0)};
    m_writer.writeState(m_step, {{{"weights", DType::F32, shape}, bytesOf(m_flat)},
                               {{"adam_first", DType::F32, shape}, bytesOf(m_adam.first)},
                               {{"adam_second", DType::F32, shape}, bytesOf(m_adam.second)}});
  }

  void resume() {
    const std::filesystem::path path = m_writer.stateToResume();
    if (path.empty()) {
      m_writer.truncateMetrics(-1); // a run that was killed before its first state begins anew
      return;
    }
    const CheckpointFile state = CheckpointFile::open(path);
    for (const auto &[key, value] : state.metadata())
      if (key == "step")
        m_step = std::strtoll(value.c_str(), nullptr, 10);
    if (m_step < 0 || m_step > m_settings.steps)
      throw Error(path.string() + ": step: expected 0 to " + std::to_string(m_settings.steps) + ", found " +
                  std::to_string(m_step));
    const auto load = [&](const char *name, torch::Tensor &into) {
      const std::vector<float> values = state.readFloat32(name);
      if (std::int64_t(values.size()) != into.numel())
        throw Error(path.string() + ": " + name + ": expected " + std::to_string(into.numel()) + " numbers, found " +
                    std::to_string(values.size()));
      std::memcpy(into.data_ptr<float>(), values.data(), values.size() * sizeof(float));
    };
    load("weights", m_flat);
    load("adam_first", m_adam.first);
    load("adam_second", m_adam.second);
    m_writer.truncateMetrics(m_step);
    evaluate(); // so that finalLoss is known even when nothing is left to do
    m_report.resumed = true;
  }

  const TrainSettings &m_settings;
  int m_threads;
  RunWriter m_writer;
  Architecture m_architecture;
  std::vector<ParameterShape> m_parameters;
  std::unique_ptr<ModelModule> m_model;
  DescriptionTable m_table;
  std::vector<MovingWeights> m_shards;
  torch::Tensor m_flat; ///< [P] on the CPU
  Adam m_adam;
  Dataset m_evaluation, m_freshEvaluation, m_fixed;
  std::set<std::int64_t> m_grid;
  std::int64_t m_step = 0; ///< updates made
  double m_evaluationLoss = 0;
  TrainReport m_report;
};

} // namespace

TrainReport train(const TrainSettings &settings, const std::filesystem::path &out, const DeviceOptions &device,
                  const Observer &observe) {
  for (const LlcSettings::Problem &problem : settings.problems())
    throw Error(problem.sentence);
  if (resolveDevice(device).is_cuda() && device.device != "auto")
    throw Error("device: these small models train on the CPU alone; expected cpu or auto, found " + device.device);
  return translatingTorchErrors("training", [&] {
    return Training(settings, out, threadCount(device)).run(observe);
  });
}

} // namespace evolute::core

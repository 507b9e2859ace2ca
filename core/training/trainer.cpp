// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/number_text.h"
#include "core/torch/replica_memory.h"
#include "core/torch/runtime.h"
#include "core/torch/training_task.h"
#include "core/training/run_writer.h"

namespace evolute::core {

namespace {

double learningRateAt(const TrainSettings &s, std::int64_t step) {
  if (s.schedule == "constant")
    return s.learningRate;
  const double t = (double(step) + 0.5) / double(s.steps); // in (0, 1): no update, the last neither, has rate 0
  return s.learningRate * std::min(2 * t, 2 * (1 - t));
}

/// Adam (Kingma & Ba 2015) on one flat buffer, with decoupled weight decay (AdamW, Loshchilov & Hutter 2019).
struct Adam {
  torch::Tensor first, second; ///< running means of gradient and its square, [P]

  void step(torch::Tensor &weights, const torch::Tensor &gradient, double rate, double decay, std::int64_t stepNumber) {
    constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
    if (decay != 0)
      weights.mul_(1 - rate * decay);
    first.mul_(kBeta1).add_(gradient, 1 - kBeta1);
    second.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    const double correct1 = 1 - std::pow(kBeta1, double(stepNumber));
    const double correct2 = 1 - std::pow(kBeta2, double(stepNumber));
    weights.addcdiv_(first, (second / correct2).sqrt_().add_(kEpsilon), -rate / correct1);
  }
};

/// In one order on the CPU: a sum over threads would depend on how many there are.
double normOf(const torch::Tensor &gradient) {
  if (gradient.is_cuda())
    return gradient.norm().item<double>();
  const float *values = gradient.data_ptr<float>();
  double sum = 0;
  for (std::int64_t i = 0; i < gradient.numel(); ++i)
    sum += double(values[i]) * double(values[i]);
  return std::sqrt(sum);
}

std::unique_ptr<TrainingTask> makeTask(const TrainSettings &settings) {
  return settings.task == "language-model" ? makeLanguageTraining(settings) : makeRegressionTraining(settings);
}

/// A model that memory cannot hold is refused before anything is written; activations are smaller at sensible sizes.
std::unique_ptr<TrainingTask> fitting(std::unique_ptr<TrainingTask> task, const TrainSettings &settings,
                                      const torch::Device &device) {
  double weights = 0;
  for (const ParameterShape &p : parametersOf(task->architecture()))
    weights += double(p.elementCount());
  const double pieces = device.is_cuda() ? 1 : std::ceil(double(settings.batchSize) / double(task->shardSize()));
  const double need = 4 * weights * (3 + 3 * pieces), free = freeMemory(device); // and anchor and gradient a piece
  if (free > 0 && need > free)
    throw Error("The model's " + numberText(weights) + " weights need " + numberText(need / (1 << 30)) +
                " GiB to be trained; found " + numberText(free / (1 << 30)) + " GiB free");
  return task;
}

std::span<const std::byte> bytesOf(const torch::Tensor &tensor) {
  return {static_cast<const std::byte *>(tensor.data_ptr()), std::size_t(tensor.numel()) * tensor.element_size()};
}

class Training {
public:
  Training(const TrainSettings &settings, const std::filesystem::path &out, const torch::Device &device, int threads)
      : m_settings(settings), m_device(device), m_threads(threads), m_task(fitting(makeTask(settings), settings, device)),
        m_writer(settings, out), m_parameters(parametersOf(m_task->architecture())),
        m_model(makeModel(m_task->architecture())), m_shardSize(m_task->shardSize()) {
    if (device.is_cuda())
      m_shardSize = settings.batchSize; // one large piece of work
    const Component all = componentsOf(m_task->architecture()).front();
    Weights initial = m_model->initialWeights(settings.seed);
    for (torch::Tensor &w : initial)
      w = w.to(device);
    for (std::int64_t begin = 0; begin < settings.batchSize; begin += m_shardSize)
      m_shards.emplace_back(initial, m_parameters, all, 1);
    m_flat = m_shards.front().anchor().clone();
    m_adam = {torch::zeros_like(m_flat), torch::zeros_like(m_flat)};
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
  /// Weights as named arrays for a checkpoint: views of `flat`, which is on the CPU, in the order of parametersOf().
  std::vector<ArrayToWrite> arrays(const torch::Tensor &flat) const {
    std::vector<ArrayToWrite> list;
    std::int64_t offset = 0;
    for (const ParameterShape &p : m_parameters) {
      list.push_back({{p.name, DType::F32, p.shape}, bytesOf(flat.narrow(0, offset, p.elementCount()))});
      offset += p.elementCount();
    }
    return list;
  }

  void advance() {
    const auto shards = std::int64_t(m_shards.size());
    std::vector<torch::Tensor> gradients(m_shards.size());
    std::vector<double> losses(m_shards.size());
    parallelTensorWork(shards, m_threads, [&](std::int64_t s) {
      const std::int64_t first = s * m_shardSize, count = std::min(m_shardSize, m_settings.batchSize - first);
      MovingWeights &weights = m_shards[std::size_t(s)];
      {
        torch::NoGradGuard noGrad;
        weights.flat().copy_(m_flat.unsqueeze(0));
      }
      const Dataset data = m_task->batch(m_step, first, count);
      const torch::Tensor loss = m_model
                                     ->losses(weights.parameters(), data.inputs.to(m_device).unsqueeze(0),
                                              data.targets.to(m_device).unsqueeze(0))
                                     .sum() /
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
    if (m_settings.gradientClip > 0) {
      const double norm = normOf(gradient);
      if (norm > m_settings.gradientClip)
        gradient.mul_(m_settings.gradientClip / norm);
    }
    m_adam.step(m_flat, gradient, rate, m_settings.weightDecay, m_step);
  }

  TrainingTask::Values evaluate() {
    torch::NoGradGuard noGrad;
    const TrainingTask::Values values = m_task->evaluate(*m_model, unflatten(), m_threads);
    m_evaluationLoss = values.front().second;
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
    const torch::Tensor flat = m_flat.cpu();
    m_writer.writeCheckpoint(step, arrays(flat));
    saveState();
  }

  /// What resuming needs; at any step.
  void saveState() {
    const std::vector<std::int64_t> shape = {m_flat.size(0)};
    const torch::Tensor weights = m_flat.cpu(), first = m_adam.first.cpu(), second = m_adam.second.cpu();
    m_writer.writeState(m_step, {{{"weights", DType::F32, shape}, bytesOf(weights)},
                                 {{"adam_first", DType::F32, shape}, bytesOf(first)},
                                 {{"adam_second", DType::F32, shape}, bytesOf(second)}});
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
      std::vector<float> values = state.readFloat32(name);
      if (std::int64_t(values.size()) != into.numel())
        throw Error(path.string() + ": " + name + ": expected " + std::to_string(into.numel()) + " numbers, found " +
                    std::to_string(values.size()));
      into.copy_(torch::from_blob(values.data(), {std::int64_t(values.size())}, torch::kFloat32));
    };
    load("weights", m_flat);
    load("adam_first", m_adam.first);
    load("adam_second", m_adam.second);
    m_writer.truncateMetrics(m_step);
    evaluate(); // so that finalLoss is known even when nothing is left to do
    m_report.resumed = true;
  }

  const TrainSettings &m_settings;
  torch::Device m_device;
  int m_threads;
  std::unique_ptr<TrainingTask> m_task; // before the writer: data that do not fit leave no folder behind
  RunWriter m_writer;
  std::vector<ParameterShape> m_parameters;
  std::unique_ptr<ModelModule> m_model;
  std::int64_t m_shardSize;
  std::vector<MovingWeights> m_shards;
  torch::Tensor m_flat; ///< [P] on m_device
  Adam m_adam;
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
  torch::Device place = resolveDevice(device);
  if (place.is_cuda() && settings.task != "language-model") {
    if (device.device != "auto")
      throw Error("device: these small models train on the CPU alone; expected cpu or auto, found " + device.device);
    place = torch::kCPU;
  }
  return translatingTorchErrors("training", [&] {
    return Training(settings, out, place, threadCount(device)).run(observe);
  });
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/speed.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <random>

#include "core/data/token_writer.h"
#include "core/llc/llc_estimator.h"
#include "core/model/run_model.h"
#include "core/sampling/philox.h"
#include "core/training/language_data.h"
#include "core/training/trainer.h"

namespace evolute::core {

namespace {

using Clock = std::chrono::steady_clock;

double secondsBetween(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// A folder of its own that is gone afterwards, whatever happens.
class TemporaryFolder {
public:
  TemporaryFolder()
      : path(std::filesystem::temp_directory_path() / ("evolute-bench-" + std::to_string(std::random_device{}()))) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  const std::filesystem::path path;
};

struct Case {
  std::string name;
  TrainSettings training;
  LlcSettings sampling;
  bool heads = false; ///< each attention head by itself, all of them in one job
};

Case linearCase(const std::string &name, const std::vector<std::int64_t> &widths, int draws) {
  Case c{name, {}, {}};
  c.training.task = "linear-network";
  c.training.widths = widths;
  c.training.learningRate = 1e-3;
  c.sampling.batchSize = 400;
  c.sampling.drawCount = draws;
  return c;
}

/// 32 tokens, two layers of four heads, d_model = d_mlp = 64: the size that other tools' figures are for.
Case transformerCase(const std::string &name, int batchSize, int draws) {
  Case c{name, {}, {}};
  c.training.contextPairs = 16;
  c.sampling.batchSize = batchSize;
  c.sampling.drawCount = draws;
  return c;
}

/// D = 8 and width 512, as in Carroll et al. 2025 (arXiv:2501.17745), with the attention's output projection.
Case wideTransformerCase() {
  Case c = transformerCase("transformer-d8", 64, 4);
  c.training.taskDimension = 8;
  c.training.modelWidth = 512;
  c.sampling.stepSize = 1e-5;
  return c;
}

/// Two layers of eight heads, vocabulary 5,000 (Hoogland et al. 2024), with sequences of 256 tokens. What is sampled at
/// are weights hardly trained, on random tokens: a step costs the same.
Case languageCase(const std::string &name, bool heads, int draws) {
  Case c{name, {}, {}, heads};
  c.training.task = "language-model";
  c.training.modelWidth = 256;
  c.training.heads = 8;
  c.training.language.vocabulary = 5000;
  c.training.language.context = 256;
  c.training.language.evaluationSequences = 4;
  c.sampling.batchSize = 4;
  c.sampling.drawCount = draws;
  c.sampling.stepSize = 1e-5;
  return c;
}

void writeRandomTokens(const std::filesystem::path &file, const LanguageTask &task, std::uint64_t seed) {
  constexpr std::int64_t kSequences = 96;
  std::vector<std::int64_t> drawn(std::size_t(kSequences * task.context));
  RandomStream{streamKey(seed, "bench-tokens")}.integers(0, std::uint32_t(task.vocabulary), drawn);
  const std::vector<std::int32_t> ids(drawn.begin(), drawn.end());
  TokenWriter writer(file, task.vocabulary);
  writer.add(ids);
  writer.commit();
}

std::vector<Case> casesFor(const SpeedOptions &options) {
  std::vector<Case> cases;
  if (options.quick)
    cases = {linearCase("linear-tiny", {6, 5, 5}, 200), transformerCase("transformer-256", 256, 4)};
  else
    cases = {linearCase("linear-tiny", {6, 5, 5}, 20000), linearCase("linear-100k", {224, 224, 224}, 400),
             transformerCase("transformer-256", 256, 150), transformerCase("transformer-1024", 1024, 40),
             wideTransformerCase(), languageCase("language-model", false, 12), languageCase("language-heads", true, 4)};
  for (Case &c : cases) {
    c.training.seed = options.seed;
    const bool large = c.sampling.drawCount < 40 && !options.quick;
    c.training.steps = options.quick ? 5 : large ? 1 : 100;
    c.training.batchSize = large ? 4 : 64;
    c.training.linearCheckpoints = c.training.logarithmicCheckpoints = 1;
    c.sampling.burnInSteps = std::max(1, c.sampling.drawCount / 4);
    c.sampling.seed = options.seed;
    c.sampling.sampleCount = options.quick ? 1024 : large ? 64 : 8192;
  }
  return cases;
}

/// Floating-point operations of the matrix products of one sample's forward and backward pass of the whole network;
/// attention's small sums are left out.
double matrixFlopsPerSample(const TrainSettings &s) {
  double forward = 0; // multiplications of a forward pass; the backward pass has two products for each of them
  if (s.task == "linear-network") {
    for (std::size_t l = 0; l + 1 < s.widths.size(); ++l)
      forward += double(s.widths[l]) * double(s.widths[l + 1]);
  } else if (s.task == "language-model") {
    const double width = s.modelWidth;
    forward = double(s.language.context) * (s.layers * 4 * width * width + width * double(s.language.vocabulary));
  } else {
    const double width = s.modelWidth, tokens = 2.0 * s.contextPairs, token = s.taskDimension + 1.0;
    const double qkv = 3 * width * width, rest = 3 * width * width; // rest: output projection and two MLP matrices
    forward = tokens * token * width + s.layers * tokens * qkv + (s.layers - 1) * tokens * rest;
    forward += 0.5 * tokens * rest + 0.5 * tokens * width; // last layer and unembedding at predictions alone
  }
  return 6 * forward;
}

SpeedRow measure(const Case &c, const SpeedOptions &options, double machineGflops, const Observer &watch) {
  const auto start = Clock::now();
  const TemporaryFolder folder;
  TrainSettings training = c.training;
  if (training.task == "language-model") {
    std::filesystem::create_directories(folder.path);
    writeRandomTokens(folder.path / "tokens.npy", training.language, options.seed);
    training.language.data = readLanguageData(folder.path / "tokens.npy", training.language.vocabulary,
                                              training.language.context, training.language.evaluationSequences)
                                 .slices;
  }
  if (train(training, folder.path / "run", options.device, watch).stopped)
    return {};
  const Run run = openRun(folder.path / "run");
  const ModelSummary model = summarizeModel(run);
  SpeedRow row{c.name, model.text, model.parameterCount, c.sampling.batchSize, c.sampling.chainCount};

  LlcEstimatorEngine engine(run, model.slices.front(), c.sampling, options.device);
  // The clock runs from the first step of every chain on: loading, hashing and the loss table are no steps.
  std::vector<std::string> components = {"all"};
  if (c.heads) {
    components.clear();
    for (const Component &component : model.components)
      if (component.name.find(".H") != std::string::npos)
        components.push_back(component.name);
  }
  const MemoryForecast memory = engine.memory(components.front());
  row.replicaBytes = memory.heldPerReplica;
  row.passBytes = memory.passPerReplica;
  Clock::time_point first, last;
  std::int64_t from = 0, to = 0;
  LlcEstimate estimate;
  engine.estimateAll(
      run.index.checkpoints.back(), components,
      [&](const Progress &p) {
        last = Clock::now();
        to = p.done;
        if (from == 0 && p.done >= std::int64_t(components.size()) * c.sampling.chainCount) {
          first = last;
          from = p.done;
        }
        return watch ? watch(p) : Flow::Continue;
      },
      [&](const LlcEstimate &done) { estimate = done; });
  row.chainSteps = to - from;
  row.chainStepsPerSecond = double(row.chainSteps) / secondsBetween(first, last);
  constexpr double kNotTold = std::numeric_limits<double>::quiet_NaN();
  // What of the network a head leaves out differs from head to head.
  row.matrixGflops =
      c.heads ? kNotTold : row.chainStepsPerSecond * c.sampling.batchSize * matrixFlopsPerSample(training) / 1e9;
  row.share = row.matrixGflops / machineGflops;
  row.llc = c.heads ? kNotTold : estimate.llc;
  row.standardError = c.heads ? kNotTold : estimate.standardError;
  const double steps = double(c.sampling.totalSteps()), target = options.relativeError * std::abs(row.llc);
  row.secondsToError = steps / row.chainStepsPerSecond * std::pow(row.standardError / target, 2);
  row.seconds = secondsBetween(start, Clock::now());
  return row;
}

} // namespace

SpeedReport measureSpeed(const SpeedOptions &options, const Observer &observe) {
  checkDevice(options.device);
  const NumericsReport machine = inspectNumerics(options.device);
  SpeedReport report;
  report.device = options.device.device;
  report.threads = machine.threads;
  report.machineGflops = machine.singleGflops;
  report.relativeError = options.relativeError;
  const std::vector<Case> cases = casesFor(options);
  for (const Case &c : cases) {
    const auto watch = [&](const Progress &) { // at every step, so that stopping is heard at once
      if (observe && observe({std::int64_t(report.rows.size()), std::int64_t(cases.size()), c.name}) == Flow::Stop)
        report.stopped = true;
      return report.stopped ? Flow::Stop : Flow::Continue;
    };
    SpeedRow row = measure(c, options, report.machineGflops, watch);
    if (report.stopped)
      return report; // a row that was cut short would say nothing
    report.rows.push_back(std::move(row));
  }
  if (observe)
    observe({std::int64_t(cases.size()), std::int64_t(cases.size()), {}});
  return report;
}

} // namespace evolute::core

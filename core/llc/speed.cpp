// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/speed.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <random>

#include "core/llc/llc_estimator.h"
#include "core/model/run_model.h"
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

std::vector<Case> casesFor(const SpeedOptions &options) {
  std::vector<Case> cases;
  if (options.quick)
    cases = {linearCase("linear-tiny", {6, 5, 5}, 200), transformerCase("transformer-256", 256, 4)};
  else
    cases = {linearCase("linear-tiny", {6, 5, 5}, 20000), linearCase("linear-100k", {224, 224, 224}, 400),
             transformerCase("transformer-256", 256, 150), transformerCase("transformer-1024", 1024, 40)};
  for (Case &c : cases) {
    c.training.seed = options.seed;
    c.training.steps = options.quick ? 5 : 100;
    c.training.batchSize = 64;
    c.training.linearCheckpoints = c.training.logarithmicCheckpoints = 1;
    c.sampling.burnInSteps = c.sampling.drawCount / 4;
    c.sampling.seed = options.seed;
    c.sampling.sampleCount = options.quick ? 1024 : 8192;
  }
  return cases;
}

/// Floating-point operations of the matrix products of one sample's forward and backward pass; attention's small
/// sums are left out.
double matrixFlopsPerSample(const TrainSettings &s) {
  double forward = 0; // multiplications of a forward pass; the backward pass has two products for each of them
  if (s.task == "linear-network") {
    for (std::size_t l = 0; l + 1 < s.widths.size(); ++l)
      forward += double(s.widths[l]) * double(s.widths[l + 1]);
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
  if (train(c.training, folder.path, options.device, watch).stopped)
    return {};
  const Run run = openRun(folder.path);
  const ModelSummary model = summarizeModel(run);
  SpeedRow row{c.name, model.text, model.parameterCount, c.sampling.batchSize, c.sampling.chainCount};

  LlcEstimatorEngine engine(run, model.slices.front(), c.sampling, options.device);
  // The clock runs from the first step of every chain on: loading, hashing and the loss table are no steps.
  Clock::time_point first, last;
  std::int64_t from = 0, to = 0;
  const LlcEstimate estimate = engine.estimate(run.index.checkpoints.back(), "all", [&](const Progress &p) {
    last = Clock::now();
    to = p.done;
    if (from == 0 && p.done >= c.sampling.chainCount) {
      first = last;
      from = p.done;
    }
    return watch ? watch(p) : Flow::Continue;
  });
  row.chainSteps = to - from;
  row.chainStepsPerSecond = double(row.chainSteps) / secondsBetween(first, last);
  row.matrixGflops = row.chainStepsPerSecond * c.sampling.batchSize * matrixFlopsPerSample(c.training) / 1e9;
  row.share = row.matrixGflops / machineGflops;
  row.llc = estimate.llc;
  row.standardError = estimate.standardError;
  const double steps = double(c.sampling.totalSteps()), target = options.relativeError * std::abs(estimate.llc);
  row.secondsToError = steps / row.chainStepsPerSecond * std::pow(estimate.standardError / target, 2);
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

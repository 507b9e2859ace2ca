// SPDX-License-Identifier: GPL-3.0-or-later
// Chain-steps per second of the sampler on the regression transformer, and the share of the machine's matrix
// rate that its matrix work takes. How to run it and what it gave: tests/benchmarks/README.md.
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <map>

#include <benchmark/benchmark.h>

#include "core/llc/llc_estimator.h"
#include "core/model/device.h"
#include "core/training/trainer.h"

using namespace evolute::core;

namespace {

/// A run of a few steps, made once for its settings.
const Run &shortRun(const std::string &name, TrainSettings settings) {
  static std::map<std::string, Run> runs;
  const auto found = runs.find(name);
  if (found != runs.end())
    return found->second;
  const auto folder = std::filesystem::temp_directory_path() / ("evolute-bench-" + name);
  settings.steps = 20;
  settings.linearCheckpoints = settings.logarithmicCheckpoints = 1;
  train(settings, folder);
  return runs[name] = openRun(folder);
}

/// Processor time of all threads: unlike the clock on the wall it hardly grows when other programs run.
double processorSeconds() {
  return double(std::clock()) / CLOCKS_PER_SEC;
}

struct Measured {
  double chainSteps = 0, seconds = 0, processorSeconds = 0;
};

/// Sampler steps of one estimate at the last checkpoint; loading, hashing and the loss table are left out.
Measured measureSteps(const Run &run, const LlcSettings &settings, LlcEstimatorEngine &engine) {
  std::chrono::steady_clock::time_point first, last;
  double firstProcessor = 0, lastProcessor = 0;
  std::int64_t from = 0, to = 0;
  engine.estimate(run.index.checkpoints.back(), "all", [&](const Progress &p) {
    last = std::chrono::steady_clock::now();
    lastProcessor = processorSeconds();
    to = p.done;
    if (from == 0 && p.done >= settings.chainCount) {
      first = last;
      firstProcessor = lastProcessor;
      from = p.done;
    }
    return Flow::Continue;
  });
  return {double(to - from), std::chrono::duration<double>(last - first).count(), lastProcessor - firstProcessor};
}

void report(benchmark::State &state, const Measured &sum) {
  state.counters["chain_steps_per_s"] = sum.chainSteps / sum.seconds;
  state.counters["processor_ms"] = 1e3 * sum.processorSeconds / sum.chainSteps;
}

/// Floating-point operations of the matrix products of one chain-step, forward and backward (three products
/// for each of the forward pass): what the share of the matrix rate counts. Attention's small sums are left out.
double matrixFlops(const TrainSettings &s, int batch) {
  const double width = s.modelWidth, tokens = 2.0 * s.contextPairs, token = s.taskDimension + 1.0;
  const double qkv = 3 * width * width, rest = 3 * width * width; // rest: output projection and two MLP matrices
  double perSample = tokens * token * width;                      // embedding
  perSample += s.layers * tokens * qkv + (s.layers - 1) * tokens * rest;
  perSample += 0.5 * tokens * rest + 0.5 * tokens * width; // last layer and unembedding at predictions alone
  return 6 * perSample * batch;
}

LlcSettings benchSettings(int chains, int batch, int drawCount) {
  LlcSettings settings;
  settings.chainCount = chains;
  settings.batchSize = batch;
  settings.sampleCount = 8192;
  settings.drawCount = drawCount;
  settings.burnInSteps = 0;
  return settings;
}

/// The regression transformer, D = 4, d_model = d_mlp = 64: 51,717 weights at K = 8, 52,741 at K = 16.
void sgldSteps(benchmark::State &state) {
  const LlcSettings settings = benchSettings(int(state.range(0)), int(state.range(1)), 0);
  TrainSettings training = trainPresets().front().settings;
  training.contextPairs = int(state.range(2));
  const Run &run = shortRun("icl-" + std::to_string(training.contextPairs), training);
  LlcSettings counted = settings;
  counted.drawCount = std::max<int>(4, int(200'000 / (settings.batchSize * training.contextPairs * settings.chainCount)));
  LlcEstimatorEngine engine(run, "train", counted);
  Measured sum;
  for (auto _ : state) {
    const Measured m = measureSteps(run, counted, engine);
    sum = {sum.chainSteps + m.chainSteps, sum.seconds + m.seconds, sum.processorSeconds + m.processorSeconds};
  }
  report(state, sum);
  static const double machine = inspectNumerics().singleGflops;
  state.counters["matrix_gflops"] = double(state.counters["chain_steps_per_s"]) * matrixFlops(training, settings.batchSize) / 1e9;
  state.counters["machine_gflops"] = machine;
  state.counters["share"] = double(state.counters["matrix_gflops"]) / machine;
}

/// Deep linear networks: 6-5-5 with 55 weights, and 224-224-224 with 100,352.
void linearSteps(benchmark::State &state) {
  TrainSettings training;
  training.task = "linear-network";
  const std::int64_t width = state.range(1);
  training.widths = width == 0 ? std::vector<std::int64_t>{6, 5, 5} : std::vector<std::int64_t>{width, width, width};
  const Run &run = shortRun("linear-" + std::to_string(width), training);
  const LlcSettings settings = benchSettings(int(state.range(0)), 400, width == 0 ? 5000 : 50);
  LlcEstimatorEngine engine(run, "train", settings);
  Measured sum;
  for (auto _ : state) {
    const Measured m = measureSteps(run, settings, engine);
    sum = {sum.chainSteps + m.chainSteps, sum.seconds + m.seconds, sum.processorSeconds + m.processorSeconds};
  }
  report(state, sum);
}

} // namespace

BENCHMARK(sgldSteps)->ArgNames({"chains", "batch", "K"})->Args({4, 256, 8})->Args({16, 256, 8})->Args({4, 64, 8})->Args({4, 256, 16})->Args({4, 1024, 16})->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK(linearSteps)->ArgNames({"chains", "width"})->Args({4, 0})->Args({4, 224})->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK_MAIN();

// SPDX-License-Identifier: GPL-3.0-or-later
// Chain-steps per second of the sampler on the regression transformer, and the share of the machine's matrix
// rate that its matrix work takes. How to run it and what it gave: tests/benchmarks/README.md.
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>

#include <benchmark/benchmark.h>

#include "core/llc/llc_estimator.h"
#include "core/model/device.h"
#include "core/training/trainer.h"

using namespace evolute::core;

namespace {

/// A run with one trained checkpoint, made once; D = 4, K = 8, 51,717 weights.
const Run &regressionRun() {
  static const Run run = [] {
    const auto folder = std::filesystem::temp_directory_path() / "evolute-bench-run";
    TrainSettings settings;
    settings.steps = 20;
    settings.linearCheckpoints = settings.logarithmicCheckpoints = 1;
    train(settings, folder);
    return openRun(folder);
  }();
  return run;
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

void sgldSteps(benchmark::State &state) {
  LlcSettings settings;
  settings.chainCount = int(state.range(0));
  settings.batchSize = int(state.range(1));
  settings.sampleCount = 8192;
  settings.drawCount = std::max(4, 96 / settings.chainCount);
  settings.burnInSteps = 0;
  LlcEstimatorEngine engine(regressionRun(), "train", settings);
  double seconds = 0, steps = 0;
  for (auto _ : state) {
    std::chrono::steady_clock::time_point first, last;
    std::int64_t from = 0, to = 0;
    engine.estimate(regressionRun().index.checkpoints.back(), "all", [&](const Progress &p) {
      last = std::chrono::steady_clock::now();
      to = p.done;
      if (from == 0 && p.done >= settings.chainCount) { // loading, hashing and the loss table are not steps
        first = last;
        from = p.done;
      }
      return Flow::Continue;
    });
    seconds += std::chrono::duration<double>(last - first).count();
    steps += double(to - from);
  }
  const double rate = steps / seconds;
  state.counters["chain_steps_per_s"] = rate;
  static const double machine = inspectNumerics().singleGflops;
  state.counters["matrix_gflops"] = rate * matrixFlops(trainPresets().front().settings, settings.batchSize) / 1e9;
  state.counters["machine_gflops"] = machine;
  state.counters["share"] = double(state.counters["matrix_gflops"]) / machine;
}

} // namespace

BENCHMARK(sgldSteps)->ArgNames({"chains", "batch"})->Args({4, 256})->Args({16, 256})->Args({4, 64})->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK_MAIN();

// SPDX-License-Identifier: GPL-3.0-or-later
// Seconds for 16 heads x 4 chains of the 2-layer attention-only language model (3,355,016 weights): all heads as one
// job with the frozen part of the network shared, against one head after another with the gradient of the whole
// network, in alternating pairs. How to run it and what it gave: tests/benchmarks/README.md.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors_writer.h"
#include "core/llc/llc_estimator.h"
#include "core/model/architectures.h"
#include "core/sampling/philox.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kContext = 256, kSequences = 64;

/// A run with one checkpoint of random weights and a file of random tokens: what they are does not change the time.
Run languageModelRun() {
  const fs::path folder = fs::temp_directory_path() / "evolute-bench-heads";
  fs::create_directories(folder);
  DecoderConfig config;
  config.context = kContext;
  std::vector<std::vector<float>> values;
  std::vector<ArrayToWrite> arrays;
  for (const ParameterShape &p : parametersOf(config)) {
    values.emplace_back(std::size_t(p.elementCount()), p.name.ends_with(".w") ? 1.0F : 0.0F);
    if (p.name.find("W_") != std::string::npos) {
      RandomStream{streamKey(0, "bench", {}, p.name)}.normals(0, std::span(values.back()));
      for (float &v : values.back())
        v *= 0.05F;
    }
    arrays.push_back({{p.name, DType::F32, p.shape}, std::as_bytes(std::span(values.back()))});
  }
  writeSafetensors(folder / "step_0.safetensors", arrays);
  std::vector<std::int64_t> drawn(kSequences * kContext);
  RandomStream{streamKey(0, "bench tokens")}.integers(0, std::uint32_t(config.vocabulary), drawn);
  const std::vector<std::uint16_t> tokens(drawn.begin(), drawn.end());
  std::string header = "{'descr': '<u2', 'fortran_order': False, 'shape': (" + std::to_string(kSequences) + ", " +
                       std::to_string(kContext) + "), }";
  header.append(63 - (header.size() + 10) % 64, ' ').append(1, '\n');
  std::ofstream file(folder / "tokens.npy", std::ios::binary);
  file << std::string("\x93NUMPY\x01\0", 8) << char(header.size() & 255U) << char(header.size() >> 8U) << header;
  file.write(reinterpret_cast<const char *>(tokens.data()), std::streamsize(tokens.size() * 2));
  file.close();
  std::ofstream(folder / "run.toml") << "[model]\npositions = \"shortformer\"\n[data.train]\nkind = \"tokens\"\npath = \"tokens.npy\"\n";
  return openRun(folder);
}

/// Seconds per chain-step of `components` as one job, without loading and the loss table.
double secondsPerStep(LlcEstimatorEngine &engine, const Run &run, const std::vector<std::string> &components,
                      int chains) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point first, last;
  std::int64_t from = 0, to = 0;
  const auto warm = std::int64_t(chains) * std::int64_t(components.size());
  engine.estimateAll(
      run.index.checkpoints.back(), components,
      [&](const Progress &p) {
        last = Clock::now();
        to = p.done;
        if (from == 0 && p.done >= warm) {
          first = last;
          from = p.done;
        }
        return Flow::Continue;
      },
      [](const LlcEstimate &) {});
  return std::chrono::duration<double>(last - first).count() / double(to - from);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Highest resident memory of this process so far, in MB (Linux; 0 elsewhere).
double peakMegabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      return std::stod(line.substr(6)) / 1024;
  return 0;
}

} // namespace

/// bench_heads [PAIRS] [BATCH]
int main(int argc, char **argv) {
  const int pairs = argc > 1 ? std::atoi(argv[1]) : 3, batch = argc > 2 ? std::atoi(argv[2]) : 8;
  const Run run = languageModelRun();
  LlcSettings settings;
  settings.stepSize = 1e-3;
  settings.localization = 200;
  settings.inverseTemperature = 30;
  settings.chainCount = 4;
  settings.burnInSteps = 0;
  settings.drawCount = 4;
  settings.batchSize = batch;
  settings.sampleCount = kSequences;
  LlcEstimatorEngine engine(run, "train", settings);
  std::vector<std::string> heads, lower, upper;
  for (int l = 0; l < 2; ++l)
    for (int h = 0; h < 8; ++h) {
      heads.push_back("L" + std::to_string(l) + ".H" + std::to_string(h));
      (l == 0 ? lower : upper).push_back(heads.back());
    }
  std::vector<double> together, layer0, layer1, whole;
  double peakOfHeads = 0;
  for (int pair = 0; pair < pairs; ++pair) {
    together.push_back(secondsPerStep(engine, run, heads, settings.chainCount));
    if (pair == 0)
      peakOfHeads = peakMegabytes();
    whole.push_back(secondsPerStep(engine, run, {"all"}, settings.chainCount));
    layer0.push_back(secondsPerStep(engine, run, lower, settings.chainCount));
    layer1.push_back(secondsPerStep(engine, run, upper, settings.chainCount));
  }
  const MemoryForecast memory = engine.memory("L0.H0");
  std::cout << "context " << kContext << ", batch " << batch << ", medians of " << pairs << " pairs\n"
            << "whole-network gradient, a chain-step:  " << 1000 * median(whole) << " ms\n"
            << "heads together, a chain-step:          " << 1000 * median(together) << " ms (layer 0 "
            << 1000 * median(layer0) << ", layer 1 " << 1000 * median(layer1) << ")\n"
            << "ratio                                  " << median(whole) / median(together) << "\n"
            << "peak memory with 64 head-replicas      " << peakOfHeads << " MB; forecast held "
            << memory.heldPerReplica / 1e6 << " MB and pass " << memory.passPerReplica / 1e6 << " MB a replica\n";
}

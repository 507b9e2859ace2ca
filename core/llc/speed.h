// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/device.h"
#include "core/progress.h"

namespace evolute::core {

/// One row of `evolute-cli bench`: the sampler on one model, on this machine.
struct SpeedRow {
  /// For programs: "linear-tiny", "linear-100k", "transformer-256", "transformer-1024", "transformer-d8",
  /// "language-model", and "language-heads", whose chain-steps are those of one head each.
  std::string name;
  std::string model; ///< for people
  std::int64_t weights = 0;
  int batchSize = 0, chains = 0;
  std::int64_t chainSteps = 0; ///< measured: one minibatch gradient and one update of one chain each
  double chainStepsPerSecond = 0;
  double matrixGflops = 0; ///< of the matrix products of forward and backward pass alone; NaN of heads
  double share = 0;        ///< of the machine's matrix rate
  double replicaBytes = 0, passBytes = 0; ///< of a chain between steps, and while a step is made (MemoryForecast)
  double llc = 0, standardError = 0;      ///< of the measured draws; NaN of heads
  /// Until the standard error is the asked fraction of the estimate, all chains together; NaN where the draws were
  /// too few to tell. Errors fall with the root of the draws.
  double secondsToError = 0;
  double seconds = 0; ///< that the row took, training and loading in it
};

struct SpeedReport {
  std::string device;
  int threads = 0;
  double machineGflops = 0; ///< 512 x 512 x 512 float32 products on all threads
  double relativeError = 0;
  std::vector<SpeedRow> rows;
  bool stopped = false;
};

struct SpeedOptions {
  bool quick = false; ///< the two smaller cases, few steps: shows that all is well, too short to compare with
  double relativeError = 0.05;
  std::uint64_t seed = 1;
  DeviceOptions device;
};

/// Trains each model for a moment in a temporary folder and samples at its last checkpoint. Progress counts rows.
/// About two minutes on two idle cores, a few seconds when quick. \throws Error for a device that is not there.
SpeedReport measureSpeed(const SpeedOptions &options, const Observer &observe = {});

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/metrics/metric_value.h"
#include "core/model/device.h"
#include "core/progress.h"
#include "core/results/result_store.h"

namespace evolute::core {

/// Metrics that are computed and stored together.
struct MetricFamily {
  std::string name; ///< on the command line
  std::string what; ///< for people
};
const std::vector<MetricFamily> &metricFamilies();

struct MetricsRequest {
  std::vector<std::int64_t> steps; ///< empty: every checkpoint of the run
  std::vector<std::string>
      families; ///< names; empty: all but "ablation", "paths" and "curvature", which cost the most
  std::vector<std::string> heads; ///< "L0.H3", ... for "ablation" and "paths"; empty: all
  std::string slice = "train";
  std::int64_t samples = 128; ///< sequences of the slice
  std::int64_t probes = 256;  ///< random sequences that heads are scored on
  std::uint64_t seed = 0;
  DeviceOptions device;
};

/// From the computing thread, one at a time. Each may be empty.
struct MetricsEvents {
  std::function<Flow(const Progress &)> progress; ///< after every family of a checkpoint
  std::function<void(const std::vector<MetricValue> &, bool stored)> done; ///< one family of one checkpoint
  std::function<void(std::int64_t step, const std::string &sentence)> failed;
};

struct MetricsOutcome {
  std::int64_t computed = 0, reused = 0, failed = 0; ///< families of checkpoints
  bool stopped = false;
};

/// Computes what is asked for and not stored yet, checkpoint after checkpoint, and stores each family as soon
/// as it is finished. Numbers depend on the request and the checkpoint alone. Language models have all
/// families, other models "norms" and "curvature". \throws Error when nothing can start: a family, head or
/// slice that is not there, a context that is too short.
MetricsOutcome computeMetrics(const Run &run, const MetricsRequest &request, ResultStore &store,
                              const MetricsEvents &events = {});

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace evolute::core {

/// Where to compute. "auto" takes the first CUDA device when there is one.
struct DeviceOptions {
  std::string device = "auto"; ///< "auto", "cpu" or "cuda:N"
  int threads = 0;             ///< CPU threads; 0 = one a core
  double memoryGiB = 0;        ///< what replicas may take together; 0 = half of what is free
};

struct DeviceInfo {
  std::string name;        ///< "cpu", "cuda:0"
  std::string description; ///< for people
  double memoryGiB = 0; ///< 0 when not known
};

struct NumericsReport {
  std::string torchVersion;
  std::string blas; ///< the BLAS library in use, by its loaded file name
  std::vector<DeviceInfo> devices;
  int threads = 0;
  double singleGflops = 0;           ///< measured: 512^3 float32 product, all threads
  std::vector<std::string> warnings; ///< one sentence each, with the remedy
};

/// What the numerics run on. Takes about 0.3 s for the measurement.
NumericsReport inspectNumerics(const DeviceOptions &options = {});

/// \throws Error naming the devices there are when `options.device` is none of them.
void checkDevice(const DeviceOptions &options);

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/runtime.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <new>
#include <sstream>
#include <thread>

#include "core/parallel.h"

namespace evolute::core {

namespace {

/// The BLAS in use, by the names of the libraries that the process has loaded (Linux); "" elsewhere.
std::string loadedBlas() {
  std::ifstream maps("/proc/self/maps");
  std::string line, found;
  while (std::getline(maps, line)) {
    const auto slash = line.find('/');
    if (slash == std::string::npos)
      continue;
    const std::string path = line.substr(slash);
    for (const char *name : {"openblas", "libmkl", "libblis", "libtorch_cpu", "libblas.so"})
      if (path.find(name) != std::string::npos && (found.empty() || std::string(name) != "libtorch_cpu")) {
        // an OpenBLAS or MKL file beats the bare libblas.so and what torch itself may hold inside
        if (found.empty() || found.find("openblas") == std::string::npos)
          found = path;
      }
  }
  return found;
}

/// Main memory, as Linux tells it; 0 elsewhere.
double memoryGiB() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  double kibibytes = 0;
  file >> name >> kibibytes;
  return name == "MemTotal:" ? kibibytes / (1024 * 1024) : 0;
}

/// Rate of 512 x 512 x 512 float32 products, one a thread side by side, which is how the sampler works.
double measureGflops(int threads) {
  const torch::Tensor a = torch::rand({512, 512}), b = torch::rand({512, 512});
  constexpr int kProducts = 8;
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    parallelTensorWork(threads, threads, [&](std::int64_t) {
      torch::NoGradGuard noGrad;
      torch::Tensor c = torch::empty({512, 512});
      for (int i = 0; i < kProducts; ++i)
        torch::mm_out(c, a, b);
    });
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, threads * kProducts * 2 * 512.0 * 512 * 512 / seconds.count() / 1e9);
  }
  return best;
}

} // namespace

bool isOutOfMemory(const std::exception &error) {
  if (dynamic_cast<const std::bad_alloc *>(&error) != nullptr)
    return true;
  const std::string text = error.what();
  // CUDA's allocator, the CPU's and cuBLAS's work space; in words, for 1.13 and later have other types
  for (const char *sign : {"out of memory", "can't allocate memory", "not enough memory", "DefaultCPUAllocator", "CUBLAS_STATUS_ALLOC_FAILED"})
    if (text.find(sign) != std::string::npos)
      return true;
  return false;
}

bool isLostDevice(const std::exception &error) {
  const std::string text = error.what();
  return !isOutOfMemory(error) && (text.find("CUDA error") != std::string::npos ||
                                   text.find("CUDA driver error") != std::string::npos);
}

torch::Device resolveDevice(const DeviceOptions &options) {
  const auto cudaCount = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
  if (options.device == "cpu" || (options.device == "auto" && cudaCount == 0))
    return torch::kCPU;
  if (options.device == "auto")
    return {torch::kCUDA, 0};
  for (std::size_t i = 0; i < std::size_t(cudaCount); ++i)
    if (options.device == "cuda:" + std::to_string(i) || (i == 0 && options.device == "cuda"))
      return {torch::kCUDA, static_cast<c10::DeviceIndex>(i)};
  std::string available = "cpu";
  for (std::size_t i = 0; i < std::size_t(cudaCount); ++i)
    available += ", cuda:" + std::to_string(i);
  throw Error("device: expected one of auto, " + available + ", found " + options.device);
}

void checkDevice(const DeviceOptions &options) {
  resolveDevice(options);
}

int threadCount(const DeviceOptions &options) {
  return options.threads > 0 ? options.threads : int(std::max(1U, std::thread::hardware_concurrency()));
}

void parallelTensorWork(std::int64_t count, int threads, const std::function<void(std::int64_t)> &work) {
  // Said on each thread: OpenMP's setting, which OpenBLAS reads too, is a property of the thread.
  parallelFor(count, threads, work, [] { at::set_num_threads(1); });
}

NumericsReport inspectNumerics(const DeviceOptions &options) {
  NumericsReport report;
  report.torchVersion = TORCH_VERSION;
  report.threads = threadCount(options);
  report.devices.push_back({"cpu", std::to_string(report.threads) + " threads", memoryGiB()});
  const auto cudaCount = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
  for (std::size_t i = 0; i < std::size_t(cudaCount); ++i)
    report.devices.push_back({"cuda:" + std::to_string(i), "CUDA device", 0});
  report.singleGflops = measureGflops(report.threads);
  report.blas = loadedBlas();
  if (at::hasMKL())
    report.blas = "MKL (inside LibTorch)";
  else if (report.blas.find("openblas") == std::string::npos)
    report.warnings.push_back("BLAS in use is " + (report.blas.empty() ? "unknown" : report.blas) +
                              ", which can be 20 times slower than OpenBLAS: install libopenblas0-openmp.");
  else if (report.blas.find("pthread") != std::string::npos)
    report.warnings.push_back("OpenBLAS runs on its own threads, which slow down a busy machine: install "
                              "libopenblas0-openmp and choose it with update-alternatives.");
  return report;
}

} // namespace evolute::core

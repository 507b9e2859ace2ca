// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/curvature.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include <Eigen/Core>
#include <Spectra/SymEigsSolver.h>

#include "core/error.h"
#include "core/model/component_name.h"
#include "core/sampling/philox.h"
#include "core/torch/run_loss.h"
#include "core/torch/runtime.h"

namespace evolute::core {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kReach = 1e-8; ///< d of the header
constexpr std::int64_t kChunk = 64;

/// Hessian-vector products of one objective at one point.
class HessianProduct {
public:
  HessianProduct(const Objective &objective, const Weights &start,
                 const std::vector<ParameterShape> &parameters, const Component &component,
                 std::int64_t samples, int threads)
      : m_objective(objective), m_start(start), m_parameters(parameters), m_component(component),
        m_samples(std::min(samples, objective.sampleCount())), m_threads(threads),
        m_anchor(MovingWeights(start, parameters, component, 1).anchor()) {}

  const torch::Tensor &anchor() const { return m_anchor; }

  /// v [P] of length one -> H v [P].
  torch::Tensor of(const torch::Tensor &v) const {
    const std::int64_t chunks = (m_samples + kChunk - 1) / kChunk;
    const std::int64_t shares = std::clamp<std::int64_t>(m_threads, 1, chunks);
    std::vector<torch::Tensor> sums(static_cast<std::size_t>(shares));
    parallelTensorWork(shares, m_threads, [&](std::int64_t share) {
      sums[std::size_t(share)] = partOf(v, share * chunks / shares, (share + 1) * chunks / shares);
    });
    torch::NoGradGuard noGrad;
    torch::Tensor whole = sums.front();
    for (std::size_t i = 1; i < sums.size(); ++i)
      whole = whole + sums[i];
    return whole / (2.0 * kReach * double(m_samples));
  }

private:
  /// Sum over the samples of chunks [first, last) of g(w + dv) - g(w - dv).
  torch::Tensor partOf(const torch::Tensor &v, std::int64_t first, std::int64_t last) const {
    MovingWeights two(m_start, m_parameters, m_component, 2);
    {
      torch::NoGradGuard noGrad;
      two.flat().select(0, 0).add_(v, kReach);
      two.flat().select(0, 1).sub_(v, kReach);
    }
    torch::Tensor sum = torch::zeros_like(v);
    const auto options = torch::TensorOptions().dtype(torch::kInt64).device(v.device());
    for (std::int64_t chunk = first; chunk < last; ++chunk) {
      const torch::Tensor indices =
          torch::arange(chunk * kChunk, std::min(m_samples, (chunk + 1) * kChunk), options)
              .unsqueeze(0)
              .expand({2, -1});
      const torch::Tensor gradient = two.gradient(m_objective.losses(two.parameters(), indices).sum(1));
      torch::NoGradGuard noGrad;
      sum += gradient.select(0, 0) - gradient.select(0, 1);
    }
    return sum;
  }

  const Objective &m_objective;
  const Weights &m_start;
  const std::vector<ParameterShape> &m_parameters;
  const Component &m_component;
  std::int64_t m_samples;
  int m_threads;
  torch::Tensor m_anchor;
};

/// Thrown out of the library's iteration to end it.
struct EnoughProducts {
  bool stopped;
};

/// H as the eigenvalue solver takes it; counts products and remembers the best Rayleigh quotient.
class SolverOperator {
public:
  using Scalar = double;
  SolverOperator(const HessianProduct &hessian, int most, const std::function<bool()> &goesOn, Curvature &found)
      : m_hessian(hessian), m_most(most), m_goesOn(goesOn), m_found(found) {
    m_found.largest = -std::numeric_limits<double>::infinity();
  }
  Eigen::Index rows() const { return m_hessian.anchor().size(0); }
  Eigen::Index cols() const { return rows(); }

  void perform_op(const double *in, double *out) const {
    if (m_found.iterations == m_most)
      throw EnoughProducts{false};
    const torch::Tensor v = torch::from_blob(const_cast<double *>(in), {rows()}, torch::kFloat64)
                                .clone()
                                .to(m_hessian.anchor().device());
    const double length = v.norm().item<double>();
    const torch::Tensor hv = (m_hessian.of(v / length) * length).to(torch::kCPU).contiguous();
    std::copy_n(hv.data_ptr<double>(), rows(), out);
    ++m_found.iterations;
    m_found.largest = std::max(
        m_found.largest, Eigen::Map<const Eigen::VectorXd>(in, rows()).dot(Eigen::Map<Eigen::VectorXd>(out, rows())) /
                             (length * length));
    if (!m_goesOn())
      throw EnoughProducts{true};
  }

private:
  const HessianProduct &m_hessian;
  int m_most;
  const std::function<bool()> &m_goesOn;
  Curvature &m_found;
};

torch::Tensor randomNormal(const torch::Tensor &like, std::uint64_t seed, const char *purpose, int number) {
  torch::Tensor v = torch::empty({like.size(0)}, torch::kFloat64);
  RandomStream{streamKey(seed, purpose)}.normals(std::uint64_t(number),
                                                 std::span(v.data_ptr<double>(), std::size_t(v.size(0))));
  return v.to(like.device());
}

/// False when it was stopped. A restarted Lanczos iteration, because power iteration does not settle where the
/// steepest rise and the steepest fall are about equal, as they are in a network that has just begun.
bool largestEigenvalue(const HessianProduct &hessian, const CurvatureSettings &settings,
                       const std::function<bool()> &goesOn, Curvature &found) {
  constexpr Eigen::Index kBasis = 20; // vectors kept: 20 P float64 numbers
  SolverOperator product(hessian, settings.maxIterations, goesOn, found);
  const Eigen::Index size = product.rows();
  found.residual = kNaN;
  const auto residualOf = [&](const Eigen::VectorXd &v) {
    Eigen::VectorXd hv(size);
    product.perform_op(v.data(), hv.data());
    found.largest = v.dot(hv);
    found.residual = (hv - found.largest * v).norm() / std::abs(found.largest);
  };
  try {
    if (size == 1) {
      residualOf(Eigen::VectorXd::Ones(1));
      found.converged = true;
      return true;
    }
    Spectra::SymEigsSolver<SolverOperator> solver(product, 1, std::min(size, kBasis));
    const torch::Tensor start = randomNormal(hessian.anchor(), settings.seed, "curvature-start", 0).to(torch::kCPU);
    solver.init(start.data_ptr<double>());
    const bool settled =
        solver.compute(Spectra::SortRule::LargestAlge, settings.maxIterations, settings.tolerance) == 1;
    if (settled) {
      residualOf(solver.eigenvectors(1).col(0));
      found.converged = true;
    }
    return true;
  } catch (const EnoughProducts &end) {
    return !end.stopped;
  }
}

} // namespace

Curvature curvatureAt(const Objective &objective, const Weights &start,
                      const std::vector<ParameterShape> &parameters, const Component &component,
                      const CurvatureSettings &settings, int threads, const Observer &observe) {
  const HessianProduct hessian(objective, start, parameters, component, settings.sampleCount, threads);
  Curvature found;
  found.trace = found.traceError = kNaN;
  const std::int64_t total = settings.maxIterations + settings.traceProbes;
  std::int64_t done = 0;
  const auto goesOn = [&] { return !observe || observe({++done, total, "curvature"}) == Flow::Continue; };
  const bool stopped = !largestEigenvalue(hessian, settings, goesOn, found);

  std::vector<double> probes;
  bool probing = !stopped;
  for (int probe = 0; probe < settings.traceProbes && probing; ++probe) {
    const torch::Tensor z = randomNormal(hessian.anchor(), settings.seed, "curvature-trace", probe).sign();
    const double length = z.norm().item<double>();
    probes.push_back(torch::dot(z, hessian.of(z / length)).item<double>() * length);
    probing = goesOn();
  }
  if (!probes.empty()) {
    const double count = double(probes.size());
    double squares = 0;
    found.trace = std::accumulate(probes.begin(), probes.end(), 0.0) / count;
    for (const double probe : probes)
      squares += (probe - found.trace) * (probe - found.trace);
    found.traceError = count > 1 ? std::sqrt(squares / (count - 1) / count) : kNaN;
  }
  return found;
}

Curvature estimateCurvature(const Run &run, const CheckpointEntry &checkpoint, const std::string &component,
                            const std::string &slice, const CurvatureSettings &settings,
                            const DeviceOptions &device, const Observer &observe) {
  const CheckpointFile file = CheckpointFile::open(checkpoint);
  const Architecture architecture = recognizeArchitecture(run.description.model, file);
  const std::vector<ParameterShape> parameters = parametersOf(architecture);
  const Component chosen = componentNamed(component, componentsOf(architecture), parameters);
  return translatingTorchErrors(checkpoint.path.string(), [&] {
    const torch::Device where = resolveDevice(device);
    const RunLoss loss = makeRunLoss(run, architecture, slice, "llc", settings.sampleCount, torch::kFloat64, where);
    const DataObjective objective(*loss.model, loss.inputs, loss.targets);
    const Weights weights = readWeights(file, architecture, torch::kFloat64, where);
    return curvatureAt(objective, weights, parameters, chosen, settings, threadCount(device), observe);
  });
}

double firstStepSize(double largestCurvature, double inverseTemperature, double localization) {
  constexpr double kShare = 0.2;
  const double p = inverseTemperature * largestCurvature + localization;
  return p > 0 ? kShare / p : kNaN;
}

} // namespace evolute::core

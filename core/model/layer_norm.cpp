// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/batched_ops.h"

#include <cmath>

#include "core/model/row_loops.h"
#include "core/widest.h"

// LibTorch's layer norm takes no gain with a replica axis, and what it leaves to broadcasting are three more
// passes over the activations forwards and six backwards. Here a row is read once while it is in the registers.
namespace evolute::core {

namespace {

constexpr double kEpsilon = 1e-5; ///< PyTorch's default

/// A step of 0 from one replica to the next says that all share the one.
struct NormShape {
  std::int64_t replicas, rows, width;
  std::int64_t inputStep, gainStep, shiftStep;
};

/// y = (x - mean) / sqrt(variance + eps) * gain + shift; moments [R, rows, 2] keep mean and 1 / sqrt(...).
template <typename Real>
EVOLUTE_INLINE void forwardLoops(const NormShape &s, const Real *input, const Real *gains, const Real *shifts,
                                 Real *output, Real *moments) {
  for (std::int64_t r = 0; r < s.replicas; ++r) {
    const Real *x = input + r * s.inputStep;
    const Real *__restrict gain = gains + r * s.gainStep, *__restrict shift = shifts + r * s.shiftStep;
    for (std::int64_t row = 0; row < s.rows; ++row, x += s.width, output += s.width, moments += 2) {
      Real *__restrict y = output;
      const Real mean = sumOf(x, s.width) / Real(s.width);
      const Real scale = 1 / std::sqrt(sumOfSquares(x, mean, s.width) / Real(s.width) + Real(kEpsilon));
      moments[0] = mean;
      moments[1] = scale;
      for (std::int64_t i = 0; i < s.width; ++i)
        y[i] = (x[i] - mean) * scale * gain[i] + shift[i];
    }
  }
}

/// With z the normalised row and g = dy gain: dx = scale (g - mean(g) - z mean(g z)); dgain = sum dy z; dshift = sum dy.
/// Replicas that share an input, a gain or a shift add up; dGains and dShifts are zero on entry, dInput need not be.
template <typename Real>
EVOLUTE_INLINE void backwardLoops(const NormShape &s, const Real *input, const Real *gains, const Real *moments,
                                  const Real *dOutput, Real *dInput, Real *dGains, Real *dShifts) {
  const Real perWidth = Real(1) / Real(s.width);
  for (std::int64_t r = 0; r < s.replicas; ++r) {
    const bool accumulate = r > 0 && s.inputStep == 0;
    const Real *__restrict gain = gains + r * s.gainStep;
    Real *__restrict dGain = dGains + r * s.gainStep, *__restrict dShift = dShifts + r * s.shiftStep;
    for (std::int64_t row = 0; row < s.rows; ++row, dOutput += s.width, moments += 2) {
      const Real *__restrict x = input + r * s.inputStep + row * s.width, *__restrict dy = dOutput;
      Real *__restrict dx = dInput + r * s.inputStep + row * s.width;
      const Real mean = moments[0], scale = moments[1];
      Lanes<Real> sum = {}, product = {}, slope, factor;
      std::int64_t i = 0;
      for (; i + kLanes <= s.width; i += kLanes) {
        load(slope, dy + i);
        load(factor, gain + i);
        slope *= factor;
        load(factor, x + i);
        sum += slope;
        product += slope * (factor - mean);
      }
      Real meanG = total<Real>(sum), meanGz = total<Real>(product);
      for (; i < s.width; ++i) {
        const Real g = dy[i] * gain[i];
        meanG += g;
        meanGz += g * (x[i] - mean);
      }
      meanG *= perWidth;
      meanGz *= perWidth * scale;
      if (accumulate)
        for (std::int64_t j = 0; j < s.width; ++j)
          dx[j] += scale * (dy[j] * gain[j] - meanG - (x[j] - mean) * scale * meanGz);
      else
        for (std::int64_t j = 0; j < s.width; ++j)
          dx[j] = scale * (dy[j] * gain[j] - meanG - (x[j] - mean) * scale * meanGz);
      for (std::int64_t j = 0; j < s.width; ++j)
        dGain[j] += dy[j] * ((x[j] - mean) * scale);
      for (std::int64_t j = 0; j < s.width; ++j)
        dShift[j] += dy[j];
    }
  }
}

// Not templates: only plain functions can be compiled for several instruction sets.
EVOLUTE_WIDEST void forward(const NormShape &s, const float *x, const float *gain, const float *shift, float *y,
                            float *moments) {
  forwardLoops(s, x, gain, shift, y, moments);
}
EVOLUTE_WIDEST void forward(const NormShape &s, const double *x, const double *gain, const double *shift, double *y,
                            double *moments) {
  forwardLoops(s, x, gain, shift, y, moments);
}
EVOLUTE_WIDEST void backward(const NormShape &s, const float *x, const float *gain, const float *moments,
                             const float *dy, float *dx, float *dGain, float *dShift) {
  backwardLoops(s, x, gain, moments, dy, dx, dGain, dShift);
}
EVOLUTE_WIDEST void backward(const NormShape &s, const double *x, const double *gain, const double *moments,
                             const double *dy, double *dx, double *dGain, double *dShift) {
  backwardLoops(s, x, gain, moments, dy, dx, dGain, dShift);
}

std::int64_t replicasOf(const torch::Tensor &parameter) {
  return parameter.dim() == 1 ? 1 : parameter.size(0);
}

NormShape shapeOf(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift) {
  const std::int64_t width = x.size(2);
  const std::int64_t replicas = std::max({x.size(0), replicasOf(gain), replicasOf(shift)});
  const auto step = [&](const torch::Tensor &p) { return replicasOf(p) == 1 ? 0 : width; };
  return {replicas, x.size(1), width, x.size(0) == 1 ? 0 : x.size(1) * width, step(gain), step(shift)};
}

class FusedLayerNorm : public torch::autograd::Function<FusedLayerNorm> {
public:
  static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &input,
                               const torch::Tensor &gains, const torch::Tensor &shifts) {
    const torch::Tensor x = input.contiguous(), gain = gains.contiguous(), shift = shifts.contiguous();
    const NormShape s = shapeOf(x, gain, shift);
    torch::Tensor y = torch::empty({s.replicas, s.rows, s.width}, x.options());
    torch::Tensor moments = torch::empty({s.replicas, s.rows, 2}, x.options());
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "layerNorm", [&] {
      core::forward(s, x.data_ptr<scalar_t>(), gain.data_ptr<scalar_t>(), shift.data_ptr<scalar_t>(),
                    y.data_ptr<scalar_t>(), moments.data_ptr<scalar_t>());
    });
    context->save_for_backward({x, gain, shift, moments});
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &gain = saved[1], &shift = saved[2], &moments = saved[3];
    const torch::Tensor dy = gradients[0].contiguous();
    const NormShape s = shapeOf(x, gain, shift);
    torch::Tensor dx = torch::empty_like(x), dGain = torch::zeros_like(gain), dShift = torch::zeros_like(shift);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "layerNorm", [&] {
      core::backward(s, x.data_ptr<scalar_t>(), gain.data_ptr<scalar_t>(), moments.data_ptr<scalar_t>(),
                     dy.data_ptr<scalar_t>(), dx.data_ptr<scalar_t>(), dGain.data_ptr<scalar_t>(),
                     dShift.data_ptr<scalar_t>());
    });
    return {dx, dGain, dShift};
  }
};

} // namespace

torch::Tensor layerNorm(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift) {
  return x.is_cpu() ? FusedLayerNorm::apply(x, gain, shift) : layerNormReference(x, gain, shift);
}

} // namespace evolute::core

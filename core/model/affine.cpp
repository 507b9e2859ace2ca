// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/batched_ops.h"

#include <vector>

#include "core/torch/products.h"
#include "core/widest.h"

// A matrix product with all that is done to its result in one pass: bias, residual, ReLU. The products themselves
// are the BLAS's, one a replica: LibTorch's batched product loops without it for matrices of this size.
namespace evolute::core {

namespace {

template <typename Real> struct Rows {
  Real *data;
  std::int64_t stride; ///< numbers from one row to the next
};

/// y = max(y + bias + residual, 0 or -inf); bias and residual may be null.
template <typename Real>
EVOLUTE_INLINE void finishLoops(std::int64_t rows, std::int64_t width, Real *output, const Real *__restrict bias,
                                Rows<const Real> residual, bool relu) {
  for (std::int64_t row = 0; row < rows; ++row) {
    Real *__restrict y = output + row * width;
    if (bias != nullptr)
      for (std::int64_t i = 0; i < width; ++i)
        y[i] += bias[i];
    if (residual.data != nullptr)
      for (std::int64_t i = 0; i < width; ++i)
        y[i] += residual.data[row * residual.stride + i];
    if (relu)
      for (std::int64_t i = 0; i < width; ++i)
        y[i] = y[i] < 0 ? Real(0) : y[i]; // keeps NaN
  }
}

/// masked = dy where y > 0, else 0 (when y is given); dBias += sum of the rows of that.
template <typename Real>
EVOLUTE_INLINE void startBackLoops(std::int64_t rows, std::int64_t width, const Real *__restrict dy,
                                   const Real *__restrict y, Real *__restrict masked, Real *__restrict dBias) {
  for (std::int64_t row = 0; row < rows; ++row, dy += width) {
    const Real *slope = dy;
    if (y != nullptr) {
      for (std::int64_t i = 0; i < width; ++i)
        masked[i] = y[i] > 0 ? dy[i] : Real(0);
      slope = masked;
      y += width;
      masked += width;
    }
    if (dBias != nullptr)
      for (std::int64_t i = 0; i < width; ++i)
        dBias[i] += slope[i];
  }
}

// Not templates: only plain functions can be compiled for several instruction sets.
EVOLUTE_WIDEST void finish(std::int64_t rows, std::int64_t width, float *y, const float *bias,
                           Rows<const float> residual, bool relu) {
  finishLoops(rows, width, y, bias, residual, relu);
}
EVOLUTE_WIDEST void finish(std::int64_t rows, std::int64_t width, double *y, const double *bias,
                           Rows<const double> residual, bool relu) {
  finishLoops(rows, width, y, bias, residual, relu);
}
EVOLUTE_WIDEST void startBack(std::int64_t rows, std::int64_t width, const float *dy, const float *y, float *masked,
                              float *dBias) {
  startBackLoops(rows, width, dy, y, masked, dBias);
}
EVOLUTE_WIDEST void startBack(std::int64_t rows, std::int64_t width, const double *dy, const double *y,
                              double *masked, double *dBias) {
  startBackLoops(rows, width, dy, y, masked, dBias);
}

/// The part of replica r of something that has a replica axis of 1 or R.
torch::Tensor of(const torch::Tensor &t, std::int64_t r) {
  return t.select(0, t.size(0) == 1 ? 0 : r);
}

torch::Tensor withReplicaAxis(const torch::Tensor &parameter, std::int64_t dimensions) {
  return !parameter.defined() || parameter.dim() == dimensions + 1 ? parameter : parameter.unsqueeze(0);
}

/// The last axis without gaps; rows may lie apart.
torch::Tensor inRows(const torch::Tensor &t) {
  return !t.defined() || t.stride(-1) == 1 ? t : t.contiguous();
}

/// Stands for a bias or a residual that is not there: LibTorch 1.13 takes no undefined tensor into a Function.
const torch::Tensor &absent() {
  static const torch::Tensor empty = torch::empty({0});
  return empty;
}
torch::Tensor orAbsent(const torch::Tensor &t) {
  return t.defined() ? t : absent();
}
torch::Tensor ifPresent(const torch::Tensor &t) {
  return t.numel() > 0 ? t : torch::Tensor();
}

class FusedAffine : public torch::autograd::Function<FusedAffine> {
public:
  enum Input { X, Weight, Bias, Residual };

  static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &x,
                               const torch::Tensor &weights, const torch::Tensor &biases,
                               const torch::Tensor &residuals, bool relu) {
    const torch::Tensor weight = withReplicaAxis(weights, 2), bias = inRows(withReplicaAxis(ifPresent(biases), 1));
    const torch::Tensor residual = inRows(ifPresent(residuals));
    std::int64_t replicas = 1;
    for (const torch::Tensor &t : {x, weight, bias, residual})
      replicas = t.defined() ? std::max(replicas, t.size(0)) : replicas;
    const std::int64_t rows = x.size(1), width = weight.size(1);
    const torch::Tensor factor = operand(x), map = operand(weight);
    torch::Tensor y = torch::empty({replicas, rows, width}, x.options());
    for (std::int64_t r = 0; r < replicas; ++r) {
      torch::Tensor own = y.select(0, r);
      multiplyInto(own, of(factor, r), of(map, r).t());
      if (!bias.defined() && !residual.defined() && !relu)
        continue;
      AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "affine", [&] {
        Rows<const scalar_t> added{nullptr, 0};
        if (residual.defined())
          added = {of(residual, r).data_ptr<scalar_t>(), residual.stride(1)};
        finish(rows, width, own.data_ptr<scalar_t>(),
               bias.defined() ? of(bias, r).data_ptr<scalar_t>() : nullptr, added, relu);
      });
    }
    context->save_for_backward({factor, map, biases, relu ? y : torch::Tensor()});
    context->saved_data["weightHasReplicaAxis"] = weights.dim() == weight.dim();
    context->saved_data["residualReplicas"] = residual.defined() ? residual.size(0) : 0;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[X], &weight = saved[Weight], &y = saved[3]; // x and weight as operands
    const torch::Tensor dy = gradients[0].contiguous();
    const auto wanted = [&](Input input) { return context->needs_input_grad(std::size_t(input)); };
    const std::int64_t replicas = dy.size(0), rows = dy.size(1), width = dy.size(2);
    const torch::Tensor slope = y.defined() ? torch::empty_like(dy) : dy;
    torch::Tensor dx, dWeight, dBias, dResidual;
    if (wanted(X))
      dx = torch::empty(x.sizes(), dy.options());
    if (wanted(Weight))
      dWeight = torch::empty(weight.sizes(), dy.options());
    if (saved[Bias].numel() > 0 && wanted(Bias))
      dBias = torch::zeros(saved[Bias].sizes(), dy.options());
    for (std::int64_t r = 0; r < replicas; ++r) {
      const torch::Tensor own = slope.select(0, r);
      if (y.defined() || dBias.defined())
        AT_DISPATCH_FLOATING_TYPES(dy.scalar_type(), "affine", [&] {
          startBack(rows, width, dy.select(0, r).data_ptr<scalar_t>(),
                    y.defined() ? y.select(0, r).data_ptr<scalar_t>() : nullptr, own.data_ptr<scalar_t>(),
                    dBias.defined() ? of(withReplicaAxis(dBias, 1), r).data_ptr<scalar_t>() : nullptr);
        });
      // Into its place for the first replica and for those that do not share it, else added.
      const torch::Tensor factor = operandLike(own, weight);
      if (dx.defined())
        multiplyInto(of(dx, r), factor, of(weight, r), r > 0 && dx.size(0) == 1);
      if (dWeight.defined())
        multiplyInto(of(dWeight, r), factor.t(), of(x, r), r > 0 && dWeight.size(0) == 1);
    }
    const std::int64_t residualReplicas = context->saved_data["residualReplicas"].toInt();
    if (residualReplicas > 0 && wanted(Residual))
      dResidual = residualReplicas == replicas ? slope : slope.sum(0, true);
    if (dWeight.defined() && !context->saved_data["weightHasReplicaAxis"].toBool())
      dWeight = dWeight.squeeze(0);
    return {dx, dWeight, dBias, dResidual, torch::Tensor()};
  }
};

} // namespace

torch::Tensor affine(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias) {
  return x.is_cpu() ? FusedAffine::apply(x, weight, orAbsent(bias), absent(), false) : affineReference(x, weight, bias);
}

torch::Tensor affineRelu(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias) {
  return x.is_cpu() ? FusedAffine::apply(x, weight, orAbsent(bias), absent(), true)
                    : torch::relu(affineReference(x, weight, bias));
}

torch::Tensor addAffine(const torch::Tensor &residual, const torch::Tensor &x, const torch::Tensor &weight,
                        const torch::Tensor &bias) {
  return x.is_cpu() ? FusedAffine::apply(x, weight, orAbsent(bias), residual, false)
                    : residual + affineReference(x, weight, bias);
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/batched_ops.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/widest.h"

// A head's scores, weights and outputs are a few dozen numbers a row. Every inner loop below adds a multiple
// of one row to another (never a sum along a row), so each is a few vector instructions; the keys and values
// are transposed once a head for that. Compiled for several instruction sets, the widest that the processor
// has is chosen at start; the published size (16 tokens, heads 16 wide) has its loops unrolled.
namespace evolute::core {

namespace {

struct AttentionShape {
  std::int64_t count, length, heads, headWidth;
  std::int64_t row() const { return 3 * heads * headWidth; } ///< numbers in a row of qkv
};

/// y += factor * x, n numbers; Fixed > 0 says n at compile time.
template <int Fixed, typename Real>
EVOLUTE_INLINE void addScaled(Real *__restrict y, Real factor, const Real *__restrict x, std::int64_t n) {
  if constexpr (Fixed > 0)
    for (int i = 0; i < Fixed; ++i)
      y[i] += factor * x[i];
  else
    for (std::int64_t i = 0; i < n; ++i)
      y[i] += factor * x[i];
}

/// to [width, length] = transpose of `from` [length, width] with rows `stride` apart.
template <typename Real>
EVOLUTE_INLINE void transpose(Real *__restrict to, const Real *__restrict from, std::int64_t length,
                              std::int64_t width, std::int64_t stride) {
  for (std::int64_t u = 0; u < length; ++u)
    for (std::int64_t i = 0; i < width; ++i)
      to[i * length + u] = from[u * stride + i];
}

/// out [N, T, C]; weights [N, H, T, T], zero above the diagonal.
template <int Fixed, typename Real>
EVOLUTE_INLINE void forwardLoops(const AttentionShape &s, const Real *qkv, Real *out, Real *weights) {
  const std::int64_t c = Fixed > 0 ? Fixed : s.headWidth, length = Fixed > 0 ? Fixed : s.length;
  const std::int64_t row = s.row(), width = s.heads * c;
  const Real scale = Real(1) / std::sqrt(Real(c));
  std::vector<Real> keys(static_cast<std::size_t>(c * length));
  for (std::int64_t n = 0; n < s.count; ++n)
    for (std::int64_t h = 0; h < s.heads; ++h) {
      const Real *base = qkv + n * length * row + 3 * c * h;
      transpose(keys.data(), base + c, length, c, row);
      Real *p = weights + (n * s.heads + h) * length * length;
      for (std::int64_t t = 0; t < length; ++t, p += length) {
        std::fill(p, p + length, Real(0));
        for (std::int64_t i = 0; i < c; ++i)
          addScaled<Fixed>(p, base[t * row + i], keys.data() + i * length, length);
        Real largest = p[0];
        for (std::int64_t u = 1; u <= t; ++u)
          largest = std::max(largest, p[u]);
        Real sum = 0;
        for (std::int64_t u = 0; u <= t; ++u)
          sum += p[u] = std::exp(scale * (p[u] - largest));
        for (std::int64_t u = 0; u <= t; ++u)
          p[u] /= sum;
        std::fill(p + t + 1, p + length, Real(0));
        Real *o = out + (n * length + t) * width + h * c;
        std::fill(o, o + c, Real(0));
        for (std::int64_t u = 0; u <= t; ++u)
          addScaled<Fixed>(o, p[u], base + u * row + 2 * c, c);
      }
    }
}

/// dQkv must be zero on entry. dP_tu = dO_t . v_u; dS = P (dP - sum_u P dP); dq = dS k, dk = dS^T q, dv = P^T dO.
template <int Fixed, typename Real>
EVOLUTE_INLINE void backwardLoops(const AttentionShape &s, const Real *qkv, const Real *weights, const Real *dOut,
                                  Real *dQkv) {
  const std::int64_t c = Fixed > 0 ? Fixed : s.headWidth, length = Fixed > 0 ? Fixed : s.length;
  const std::int64_t row = s.row(), width = s.heads * c;
  const Real scale = Real(1) / std::sqrt(Real(c));
  std::vector<Real> values(static_cast<std::size_t>(c * length)), slope(static_cast<std::size_t>(length));
  for (std::int64_t n = 0; n < s.count; ++n)
    for (std::int64_t h = 0; h < s.heads; ++h) {
      const std::int64_t offset = n * length * row + 3 * c * h;
      const Real *base = qkv + offset;
      Real *dBase = dQkv + offset;
      transpose(values.data(), base + 2 * c, length, c, row);
      const Real *p = weights + (n * s.heads + h) * length * length;
      for (std::int64_t t = 0; t < length; ++t, p += length) {
        const Real *dO = dOut + (n * length + t) * width + h * c;
        Real *dP = slope.data();
        std::fill(dP, dP + length, Real(0));
        for (std::int64_t i = 0; i < c; ++i)
          addScaled<Fixed>(dP, dO[i], values.data() + i * length, length);
        Real mean = 0;
        for (std::int64_t u = 0; u <= t; ++u)
          mean += p[u] * dP[u];
        for (std::int64_t u = 0; u <= t; ++u) {
          const Real dS = scale * p[u] * (dP[u] - mean);
          addScaled<Fixed>(dBase + t * row, dS, base + u * row + c, c);
          addScaled<Fixed>(dBase + u * row + c, dS, base + t * row, c);
          addScaled<Fixed>(dBase + u * row + 2 * c, p[u], dO, c);
        }
      }
    }
}

constexpr int kPublished = 16; ///< tokens and width of a head at the published size

template <typename Real>
EVOLUTE_INLINE void forwardAnySize(const AttentionShape &s, const Real *qkv, Real *out, Real *weights) {
  if (s.length == kPublished && s.headWidth == kPublished)
    forwardLoops<kPublished>(s, qkv, out, weights);
  else
    forwardLoops<0>(s, qkv, out, weights);
}
template <typename Real>
EVOLUTE_INLINE void backwardAnySize(const AttentionShape &s, const Real *qkv, const Real *weights, const Real *dOut,
                                    Real *dQkv) {
  if (s.length == kPublished && s.headWidth == kPublished)
    backwardLoops<kPublished>(s, qkv, weights, dOut, dQkv);
  else
    backwardLoops<0>(s, qkv, weights, dOut, dQkv);
}

// Not templates: only plain functions can be compiled for several instruction sets.
EVOLUTE_WIDEST void forward(const AttentionShape &s, const float *qkv, float *out, float *weights) {
  forwardAnySize(s, qkv, out, weights);
}
EVOLUTE_WIDEST void forward(const AttentionShape &s, const double *qkv, double *out, double *weights) {
  forwardAnySize(s, qkv, out, weights);
}
EVOLUTE_WIDEST void backward(const AttentionShape &s, const float *qkv, const float *weights, const float *dOut,
                             float *dQkv) {
  backwardAnySize(s, qkv, weights, dOut, dQkv);
}
EVOLUTE_WIDEST void backward(const AttentionShape &s, const double *qkv, const double *weights, const double *dOut,
                             double *dQkv) {
  backwardAnySize(s, qkv, weights, dOut, dQkv);
}

AttentionShape shapeOf(const torch::Tensor &qkv, std::int64_t heads) {
  return {qkv.size(0), qkv.size(1), heads, qkv.size(2) / (3 * heads)};
}

class FusedAttention : public torch::autograd::Function<FusedAttention> {
public:
  static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &input,
                               std::int64_t heads) {
    const torch::Tensor qkv = input.contiguous();
    const AttentionShape s = shapeOf(qkv, heads);
    torch::Tensor out = torch::empty({s.count, s.length, heads * s.headWidth}, qkv.options());
    torch::Tensor weights = torch::empty({s.count, heads, s.length, s.length}, qkv.options());
    AT_DISPATCH_FLOATING_TYPES(qkv.scalar_type(), "causalAttention", [&] {
      core::forward(s, qkv.data_ptr<scalar_t>(), out.data_ptr<scalar_t>(), weights.data_ptr<scalar_t>());
    });
    context->save_for_backward({qkv, weights});
    context->saved_data["heads"] = heads;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &qkv = saved[0], &weights = saved[1];
    const torch::Tensor dOut = gradients[0].contiguous();
    torch::Tensor dQkv = torch::zeros_like(qkv);
    const AttentionShape s = shapeOf(qkv, context->saved_data["heads"].toInt());
    AT_DISPATCH_FLOATING_TYPES(qkv.scalar_type(), "causalAttention", [&] {
      core::backward(s, qkv.data_ptr<scalar_t>(), weights.data_ptr<scalar_t>(), dOut.data_ptr<scalar_t>(),
                     dQkv.data_ptr<scalar_t>());
    });
    return {dQkv, torch::Tensor()};
  }
};

} // namespace

torch::Tensor causalAttention(const torch::Tensor &qkv, std::int64_t heads) {
  return qkv.is_cpu() ? FusedAttention::apply(qkv, heads) : causalAttentionReference(qkv, heads);
}

} // namespace evolute::core

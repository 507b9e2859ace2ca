// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/batched_ops.h"

#include <algorithm>
#include <cmath>
#include <limits>

// The inner loops run over the width of a head (16 ... 128 numbers): compiled for several instruction sets,
// the widest that the processor has is chosen at start.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define EVOLUTE_WIDEST __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define EVOLUTE_WIDEST
#endif
#if defined(__GNUC__)
#define EVOLUTE_INLINE inline __attribute__((always_inline))
#else
#define EVOLUTE_INLINE inline
#endif

namespace evolute::core {

namespace {

struct AttentionShape {
  std::int64_t count, length, heads, headWidth;
  std::int64_t row() const { return 3 * heads * headWidth; } ///< numbers in a row of qkv
};

template <typename Real> EVOLUTE_INLINE Real dot(const Real *a, const Real *b, std::int64_t n) {
  Real lanes[16] = {}; // independent sums, or the compiler must keep the order of one chain
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int lane = 0; lane < 16; ++lane)
      lanes[lane] += a[i + lane] * b[i + lane];
  for (; i < n; ++i)
    lanes[i % 16] += a[i] * b[i];
  for (int width = 8; width > 0; width /= 2)
    for (int lane = 0; lane < width; ++lane)
      lanes[lane] += lanes[lane + width];
  return lanes[0];
}

template <typename Real> EVOLUTE_INLINE void addScaled(Real *y, Real factor, const Real *x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    y[i] += factor * x[i];
}

/// out [N, T, C], weights [N, H, T, T] (above the diagonal untouched zeros).
template <typename Real>
EVOLUTE_INLINE void forwardLoops(const AttentionShape &s, const Real *qkv, Real *out, Real *weights) {
  const std::int64_t c = s.headWidth, row = s.row(), width = s.heads * c;
  const Real scale = Real(1) / std::sqrt(Real(c));
  for (std::int64_t n = 0; n < s.count; ++n)
    for (std::int64_t h = 0; h < s.heads; ++h) {
      const Real *base = qkv + n * s.length * row + 3 * c * h;
      Real *p = weights + (n * s.heads + h) * s.length * s.length;
      for (std::int64_t t = 0; t < s.length; ++t, p += s.length) {
        Real largest = -std::numeric_limits<Real>::infinity();
        for (std::int64_t u = 0; u <= t; ++u) {
          p[u] = scale * dot(base + t * row, base + u * row + c, c);
          largest = std::max(largest, p[u]);
        }
        Real sum = 0;
        for (std::int64_t u = 0; u <= t; ++u)
          sum += p[u] = std::exp(p[u] - largest);
        Real *o = out + (n * s.length + t) * width + h * c;
        std::fill(o, o + c, Real(0));
        for (std::int64_t u = 0; u <= t; ++u)
          addScaled(o, p[u] /= sum, base + u * row + 2 * c, c);
      }
    }
}

/// dQkv must be zero on entry. dP_tu = dO_t . v_u; dS = P (dP - sum_u P dP); dq = dS k, dk = dS^T q, dv = P^T dO.
template <typename Real>
EVOLUTE_INLINE void backwardLoops(const AttentionShape &s, const Real *qkv, const Real *weights, const Real *dOut,
                                  Real *dQkv) {
  const std::int64_t c = s.headWidth, row = s.row(), width = s.heads * c;
  const Real scale = Real(1) / std::sqrt(Real(c));
  for (std::int64_t n = 0; n < s.count; ++n)
    for (std::int64_t h = 0; h < s.heads; ++h) {
      const std::int64_t offset = n * s.length * row + 3 * c * h;
      const Real *base = qkv + offset;
      Real *dBase = dQkv + offset;
      const Real *p = weights + (n * s.heads + h) * s.length * s.length;
      for (std::int64_t t = 0; t < s.length; ++t, p += s.length) {
        const Real *dO = dOut + (n * s.length + t) * width + h * c;
        Real mean = 0;
        for (std::int64_t u = 0; u <= t; ++u)
          mean += p[u] * dot(dO, base + u * row + 2 * c, c);
        for (std::int64_t u = 0; u <= t; ++u) {
          const Real dP = dot(dO, base + u * row + 2 * c, c); // again: cheaper than a buffer of them
          const Real dS = scale * p[u] * (dP - mean);
          addScaled(dBase + t * row, dS, base + u * row + c, c);
          addScaled(dBase + u * row + c, dS, base + t * row, c);
          addScaled(dBase + u * row + 2 * c, p[u], dO, c);
        }
      }
    }
}

EVOLUTE_WIDEST void forward(const AttentionShape &s, const float *qkv, float *out, float *weights) {
  forwardLoops(s, qkv, out, weights);
}
EVOLUTE_WIDEST void forward(const AttentionShape &s, const double *qkv, double *out, double *weights) {
  forwardLoops(s, qkv, out, weights);
}
EVOLUTE_WIDEST void backward(const AttentionShape &s, const float *qkv, const float *weights, const float *dOut,
                             float *dQkv) {
  backwardLoops(s, qkv, weights, dOut, dQkv);
}
EVOLUTE_WIDEST void backward(const AttentionShape &s, const double *qkv, const double *weights, const double *dOut,
                             double *dQkv) {
  backwardLoops(s, qkv, weights, dOut, dQkv);
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

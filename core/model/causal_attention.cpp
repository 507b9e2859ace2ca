// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/batched_ops.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/model/row_loops.h"
#include "core/widest.h"

// A head's scores, weights and outputs are a few dozen numbers a row. All six products (scores, outputs, and four in
// the backward pass) are sums of rows times numbers, held in registers for a tile of the result; none is a sum along
// a row, which vector instructions are poor at: hence weights are kept with a row a key, and queries run along it.
// Compiled for several instruction sets, the widest that the processor has is chosen at start.
namespace evolute::core {

namespace {

struct AttentionShape {
  std::int64_t count, length, heads, headWidth, queryStride;
  std::int64_t row() const { return 3 * heads * headWidth; } ///< numbers in a row of qkv
  std::int64_t queries() const { return (length + queryStride - 1) / queryStride; }
  std::int64_t firstQueryOf(std::int64_t key) const { return (key + queryStride - 1) / queryStride; }
  std::int64_t keysOf(std::int64_t query) const { return query * queryStride + 1; }
};

/// Factors c_ab of a sum of rows: at data[a * outer + b * inner].
template <typename Real> struct Factors {
  const Real *data;
  std::int64_t outer, inner;
};
template <typename Real> struct RowsOf {
  Real *data;
  std::int64_t stride;
};

/// out_a = sum over b in [begin, end) of c_ab in_b, for A rows and L columns.
template <int A, int L, typename Real>
EVOLUTE_INLINE void combineTile(RowsOf<Real> out, Factors<Real> c, RowsOf<const Real> in, std::int64_t begin,
                                std::int64_t end) {
  using Vector = typename VectorOf<Real, L>::Type;
  Vector sum[A] = {};
  for (std::int64_t b = begin; b < end; ++b) {
    Vector row;
    load(row, in.data + b * in.stride);
    for (int a = 0; a < A; ++a)
      sum[a] += row * c.data[a * c.outer + b * c.inner];
  }
  for (int a = 0; a < A; ++a)
    std::memcpy(out.data + a * out.stride, &sum[a], sizeof sum[a]);
}

/// The same for rows [a, a + A) and columns [from, width).
template <int A, typename Real>
EVOLUTE_INLINE void combineRows(std::int64_t a, std::int64_t from, std::int64_t width, RowsOf<Real> out,
                                Factors<Real> c, RowsOf<const Real> in, std::int64_t begin, std::int64_t end) {
  out.data += a * out.stride;
  c.data += a * c.outer;
  std::int64_t i = from;
  for (; i + 16 <= width; i += 16)
    combineTile<A, 16, Real>({out.data + i, out.stride}, c, {in.data + i, in.stride}, begin, end);
  for (; i + 8 <= width; i += 8)
    combineTile<A, 8, Real>({out.data + i, out.stride}, c, {in.data + i, in.stride}, begin, end);
  for (; i < width; ++i)
    combineTile<A, 1, Real>({out.data + i, out.stride}, c, {in.data + i, in.stride}, begin, end);
}

constexpr std::int64_t kTile = 16;

/// S[u][t] = sum_i a[u][i] bT[i][t], for the queries t that see key u; the rest of a row is left alone or written.
template <typename Real>
EVOLUTE_INLINE void keysTimesQueries(const AttentionShape &s, RowsOf<Real> out, RowsOf<const Real> keys,
                                     RowsOf<const Real> queriesT) {
  const Factors<Real> c{keys.data, keys.stride, 1};
  std::int64_t u = 0;
  for (; u + 8 <= s.length; u += 8)
    combineRows<8>(u, s.firstQueryOf(u) / kTile * kTile, s.queries(), out, c, queriesT, 0, s.headWidth);
  for (; u < s.length; ++u)
    combineRows<1>(u, s.firstQueryOf(u) / kTile * kTile, s.queries(), out, c, queriesT, 0, s.headWidth);
}

/// out[t] = sum over keys u <= t of p[u][t] rows[u]
template <typename Real>
EVOLUTE_INLINE void sumOverKeys(const AttentionShape &s, RowsOf<Real> out, const Real *p, RowsOf<const Real> rows) {
  const Factors<Real> c{p, 1, s.queries()};
  std::int64_t t = 0;
  for (; t + 8 <= s.queries(); t += 8)
    combineRows<8>(t, 0, s.headWidth, out, c, rows, 0, s.keysOf(t + 7));
  for (; t < s.queries(); ++t)
    combineRows<1>(t, 0, s.headWidth, out, c, rows, 0, s.keysOf(t));
}

/// out[u] = sum over queries t >= u of p[u][t] rows[t]
template <typename Real>
EVOLUTE_INLINE void sumOverQueries(const AttentionShape &s, RowsOf<Real> out, const Real *p, RowsOf<const Real> rows) {
  const Factors<Real> c{p, s.queries(), 1};
  std::int64_t u = 0;
  for (; u + 8 <= s.length; u += 8)
    combineRows<8>(u, 0, s.headWidth, out, c, rows, s.firstQueryOf(u), s.queries());
  for (; u < s.length; ++u)
    combineRows<1>(u, 0, s.headWidth, out, c, rows, s.firstQueryOf(u), s.queries());
}

/// to [width, count] = transpose of `from` [count, width], times factor.
template <typename Real>
EVOLUTE_INLINE void transpose(Real *__restrict to, RowsOf<const Real> from, std::int64_t count, std::int64_t width,
                              Real factor) {
  for (std::int64_t i = 0; i < width; ++i)
    for (std::int64_t t = 0; t < count; ++t)
      to[i * count + t] = factor * from.data[t * from.stride + i];
}

/// Logarithms of the weights but for a term a query: at most 0, -inf where a query does not see a key.
template <typename Real>
EVOLUTE_INLINE void scoreLoops(const AttentionShape &s, const Real *qkv, Real *weights) {
  const std::int64_t c = s.headWidth, row = s.row(), queries = s.queries();
  const Real unseen = -std::numeric_limits<Real>::infinity();
  std::vector<Real> turned(static_cast<std::size_t>(c * queries)), most(static_cast<std::size_t>(queries));
  Real *__restrict largest = most.data();
  for (std::int64_t n = 0; n < s.count; ++n)
    for (std::int64_t h = 0; h < s.heads; ++h, weights += s.length * queries) {
      const Real *base = qkv + n * s.length * row + 3 * c * h;
      transpose<Real>(turned.data(), {base, s.queryStride * row}, queries, c, 1 / std::sqrt(Real(c)));
      keysTimesQueries<Real>(s, {weights, queries}, {base + c, row}, {turned.data(), queries});
      std::fill(largest, largest + queries, unseen);
      for (std::int64_t u = 0; u < s.length; ++u) {
        Real *__restrict score = weights + u * queries;
        const std::int64_t first = s.firstQueryOf(u);
        for (std::int64_t t = 0; t < first; ++t)
          score[t] = unseen;
        for (std::int64_t t = 0; t < queries; ++t)
          largest[t] = score[t] > largest[t] ? score[t] : largest[t];
      }
      for (std::int64_t u = 0; u < s.length; ++u) {
        Real *__restrict score = weights + u * queries;
        for (std::int64_t t = 0; t < queries; ++t)
          score[t] -= largest[t];
      }
    }
}

/// weights are e^score on entry, sum to 1 over keys on return; out [N, queries, C].
template <typename Real>
EVOLUTE_INLINE void mixLoops(const AttentionShape &s, const Real *qkv, Real *weights, Real *out) {
  const std::int64_t c = s.headWidth, row = s.row(), queries = s.queries(), width = s.heads * c;
  std::vector<Real> sums(static_cast<std::size_t>(queries));
  Real *__restrict sum = sums.data();
  for (std::int64_t n = 0; n < s.count; ++n)
    for (std::int64_t h = 0; h < s.heads; ++h, weights += s.length * queries) {
      std::fill(sum, sum + queries, Real(0));
      for (std::int64_t u = 0; u < s.length; ++u) {
        const Real *__restrict p = weights + u * queries;
        for (std::int64_t t = 0; t < queries; ++t)
          sum[t] += p[t];
      }
      for (std::int64_t t = 0; t < queries; ++t)
        sum[t] = 1 / sum[t];
      for (std::int64_t u = 0; u < s.length; ++u) {
        Real *__restrict p = weights + u * queries;
        for (std::int64_t t = 0; t < queries; ++t)
          p[t] *= sum[t];
      }
      const Real *values = qkv + n * s.length * row + 3 * c * h + 2 * c;
      sumOverKeys<Real>(s, {out + n * queries * width + h * c, width}, weights, {values, row});
    }
}

/// dP_ut = dO_t . v_u; dS = P (dP - sum_u P dP); dq = dS k, dk = dS^T q, dv = P^T dO.
template <typename Real>
EVOLUTE_INLINE void backwardLoops(const AttentionShape &s, const Real *qkv, const Real *weights, const Real *dOut,
                                  Real *dQkv) {
  const std::int64_t c = s.headWidth, row = s.row(), queries = s.queries(), width = s.heads * c;
  const Real scale = 1 / std::sqrt(Real(c));
  std::vector<Real> turned(static_cast<std::size_t>(c * queries)), means(static_cast<std::size_t>(queries)),
      slopes(static_cast<std::size_t>(s.length * queries));
  Real *__restrict mean = means.data();
  for (std::int64_t n = 0; n < s.count; ++n)
    for (std::int64_t h = 0; h < s.heads; ++h, weights += s.length * queries) {
      const std::int64_t offset = n * s.length * row + 3 * c * h;
      const Real *base = qkv + offset;
      Real *dBase = dQkv + offset;
      const RowsOf<const Real> dO{dOut + n * queries * width + h * c, width};
      transpose<Real>(turned.data(), dO, queries, c, 1);
      keysTimesQueries<Real>(s, {slopes.data(), queries}, {base + 2 * c, row}, {turned.data(), queries});
      std::fill(mean, mean + queries, Real(0));
      for (std::int64_t u = 0; u < s.length; ++u) { // columns before firstQueryOf(u) hold nothing of use
        const Real *__restrict dP = slopes.data() + u * queries, *__restrict p = weights + u * queries;
        for (std::int64_t t = s.firstQueryOf(u) / kTile * kTile; t < queries; ++t)
          mean[t] += p[t] * dP[t];
      }
      for (std::int64_t u = 0; u < s.length; ++u) {
        Real *__restrict dS = slopes.data() + u * queries;
        const Real *__restrict p = weights + u * queries;
        const std::int64_t first = s.firstQueryOf(u) / kTile * kTile;
        std::fill(dS, dS + first, Real(0));
        for (std::int64_t t = first; t < queries; ++t)
          dS[t] = scale * p[t] * (dS[t] - mean[t]);
      }
      sumOverKeys<Real>(s, {dBase, s.queryStride * row}, slopes.data(), {base + c, row});
      sumOverQueries<Real>(s, {dBase + c, row}, slopes.data(), {base, s.queryStride * row});
      sumOverQueries<Real>(s, {dBase + 2 * c, row}, weights, dO);
    }
}

// Not templates: only plain functions can be compiled for several instruction sets.
EVOLUTE_WIDEST void score(const AttentionShape &s, const float *qkv, float *weights) {
  scoreLoops(s, qkv, weights);
}
EVOLUTE_WIDEST void score(const AttentionShape &s, const double *qkv, double *weights) {
  scoreLoops(s, qkv, weights);
}
EVOLUTE_WIDEST void mix(const AttentionShape &s, const float *qkv, float *weights, float *out) {
  mixLoops(s, qkv, weights, out);
}
EVOLUTE_WIDEST void mix(const AttentionShape &s, const double *qkv, double *weights, double *out) {
  mixLoops(s, qkv, weights, out);
}
EVOLUTE_WIDEST void backward(const AttentionShape &s, const float *qkv, const float *weights, const float *dOut,
                             float *dQkv) {
  backwardLoops(s, qkv, weights, dOut, dQkv);
}
EVOLUTE_WIDEST void backward(const AttentionShape &s, const double *qkv, const double *weights, const double *dOut,
                             double *dQkv) {
  backwardLoops(s, qkv, weights, dOut, dQkv);
}

AttentionShape shapeOf(const torch::Tensor &qkv, std::int64_t heads, std::int64_t queryStride) {
  return {qkv.size(0), qkv.size(1), heads, qkv.size(2) / (3 * heads), queryStride};
}

class FusedAttention : public torch::autograd::Function<FusedAttention> {
public:
  static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &input,
                               std::int64_t heads, std::int64_t queryStride) {
    const torch::Tensor qkv = input.contiguous();
    const AttentionShape s = shapeOf(qkv, heads, queryStride);
    torch::Tensor out = torch::empty({s.count, s.queries(), heads * s.headWidth}, qkv.options());
    torch::Tensor weights = torch::empty({s.count, heads, s.length, s.queries()}, qkv.options());
    AT_DISPATCH_FLOATING_TYPES(qkv.scalar_type(), "causalAttention", [&] {
      core::score(s, qkv.data_ptr<scalar_t>(), weights.data_ptr<scalar_t>());
      weights.exp_(); // the library's is vectorised
      core::mix(s, qkv.data_ptr<scalar_t>(), weights.data_ptr<scalar_t>(), out.data_ptr<scalar_t>());
    });
    context->save_for_backward({qkv, weights});
    context->saved_data["heads"] = heads;
    context->saved_data["queryStride"] = queryStride;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &qkv = saved[0], &weights = saved[1];
    const torch::Tensor dOut = gradients[0].contiguous();
    const std::int64_t queryStride = context->saved_data["queryStride"].toInt();
    // where a token is no query nothing is written
    torch::Tensor dQkv = queryStride == 1 ? torch::empty_like(qkv) : torch::zeros_like(qkv);
    const AttentionShape s = shapeOf(qkv, context->saved_data["heads"].toInt(), queryStride);
    AT_DISPATCH_FLOATING_TYPES(qkv.scalar_type(), "causalAttention", [&] {
      core::backward(s, qkv.data_ptr<scalar_t>(), weights.data_ptr<scalar_t>(), dOut.data_ptr<scalar_t>(),
                     dQkv.data_ptr<scalar_t>());
    });
    return {dQkv, torch::Tensor(), torch::Tensor()};
  }
};

} // namespace

torch::Tensor causalAttention(const torch::Tensor &qkv, std::int64_t heads, std::int64_t queryStride) {
  return qkv.is_cpu() ? FusedAttention::apply(qkv, heads, queryStride)
                      : causalAttentionReference(qkv, heads, queryStride);
}

} // namespace evolute::core

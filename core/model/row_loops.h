// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>

#if !defined(__GNUC__)
#include <Eigen/Core>
#endif

#include "core/widest.h"

namespace evolute::core {

// Told in words that sums are vectors, GCC and Clang keep them in registers; the same loops over arrays they keep in
// memory, which made the backward pass of attention twice as slow.

#if defined(__GNUC__)
template <typename Real, int L> struct VectorOf {
  typedef Real Type __attribute__((vector_size(L * sizeof(Real))));
};
template <typename Real> struct VectorOf<Real, 1> {
  using Type = Real;
};
#else
template <typename Real, int L> struct VectorOf {
  using Type = Eigen::Array<Real, L, 1>;
};
#endif

constexpr int kLanes = 16;
template <typename Real> using Lanes = typename VectorOf<Real, kLanes>::Type;

/// to and from need not be aligned.
template <typename Vector, typename Real> EVOLUTE_INLINE void load(Vector &to, const Real *from) {
  std::memcpy(&to, from, sizeof to);
}

/// All lanes added up, in an order of its own: halves onto halves.
template <typename Real> EVOLUTE_INLINE Real total(const Lanes<Real> &lanes) {
  Real parts[kLanes];
  std::memcpy(parts, &lanes, sizeof parts);
  typename VectorOf<Real, 8>::Type eight, otherEight;
  load(eight, parts);
  load(otherEight, parts + 8);
  eight += otherEight;
  std::memcpy(parts, &eight, sizeof eight);
  typename VectorOf<Real, 4>::Type four, otherFour;
  load(four, parts);
  load(otherFour, parts + 4);
  four += otherFour;
  return (four[0] + four[2]) + (four[1] + four[3]);
}

template <typename Real> EVOLUTE_INLINE Real sumOf(const Real *x, std::int64_t n) {
  Lanes<Real> lanes = {}, part;
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    load(part, x + i);
    lanes += part;
  }
  Real sum = total<Real>(lanes);
  for (; i < n; ++i)
    sum += x[i];
  return sum;
}

/// sum (x - centre)^2
template <typename Real> EVOLUTE_INLINE Real sumOfSquares(const Real *x, Real centre, std::int64_t n) {
  Lanes<Real> lanes = {}, part;
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    load(part, x + i);
    part -= centre;
    lanes += part * part;
  }
  Real sum = total<Real>(lanes);
  for (; i < n; ++i)
    sum += (x[i] - centre) * (x[i] - centre);
  return sum;
}

} // namespace evolute::core

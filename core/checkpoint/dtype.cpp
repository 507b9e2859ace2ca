// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/dtype.h"

#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace evolute::core {

static_assert(std::endian::native == std::endian::little,
              "checkpoint files are little-endian; a big-endian host needs byte swaps here");

namespace {

struct DTypeFacts {
  DType dtype;
  std::size_t bytes;
  std::string_view name;
};

constexpr std::array<DTypeFacts, 16> kFacts{{
    {DType::F64, 8, "float64"},
    {DType::F32, 4, "float32"},
    {DType::F16, 2, "float16"},
    {DType::BF16, 2, "bfloat16"},
    {DType::F8E4M3, 1, "float8_e4m3fn"},
    {DType::F8E5M2, 1, "float8_e5m2"},
    {DType::I64, 8, "int64"},
    {DType::I32, 4, "int32"},
    {DType::I16, 2, "int16"},
    {DType::I8, 1, "int8"},
    {DType::U64, 8, "uint64"},
    {DType::U32, 4, "uint32"},
    {DType::U16, 2, "uint16"},
    {DType::U8, 1, "uint8"},
    {DType::Bool, 1, "bool"},
    {DType::C64, 8, "complex64"},
}};

const DTypeFacts &factsOf(DType dtype) {
  const DTypeFacts &facts = kFacts.at(static_cast<std::size_t>(dtype));
  assert(facts.dtype == dtype);
  return facts;
}

/// A small IEEE-like float: sign, exponent, mantissa. Every value of 16 bits or fewer is exact in float.
float smallFloat(std::uint32_t bits, int exponentBits, int mantissaBits) {
  const std::uint32_t mantissa = bits & ((1U << unsigned(mantissaBits)) - 1U);
  const int exponent = int((bits >> unsigned(mantissaBits)) & ((1U << unsigned(exponentBits)) - 1U));
  const bool negative = ((bits >> unsigned(mantissaBits + exponentBits)) & 1U) != 0;
  const int bias = (1 << (exponentBits - 1)) - 1;
  const float magnitude = exponent == 0 ? std::ldexp(float(mantissa), 1 - bias - mantissaBits)
                                        : std::ldexp(float(mantissa + (1U << unsigned(mantissaBits))),
                                                     exponent - bias - mantissaBits);
  return negative ? -magnitude : magnitude;
}

float fromHalf(std::uint16_t bits) {
  if ((bits & 0x7C00U) == 0x7C00U) { // infinities and NaN
    const float special = (bits & 0x3FFU) != 0 ? std::numeric_limits<float>::quiet_NaN()
                                               : std::numeric_limits<float>::infinity();
    return (bits & 0x8000U) != 0 ? -special : special;
  }
  return smallFloat(bits, 5, 10);
}

/// OCP 8-bit floating point, the "fn" variant: no infinities, and only the all-ones pattern is NaN.
float fromE4M3(std::uint8_t bits) {
  return (bits & 0x7FU) == 0x7FU ? std::numeric_limits<float>::quiet_NaN() : smallFloat(bits, 4, 3);
}

/// bfloat16 is the upper half of a float, E5M2 the upper half of a half.
float fromBfloat(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t(bits) << 16U);
}
float fromE5M2(std::uint8_t bits) {
  return fromHalf(std::uint16_t(bits << 8U));
}

template <class Stored, class Real, class Convert>
void each(std::span<Real> out, std::span<const std::byte> bytes, Convert convert) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored stored; // memcpy: the bytes of a file are not aligned
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = convert(stored);
  }
}

template <class Stored, class Real> void plain(std::span<Real> out, std::span<const std::byte> bytes) {
  each<Stored>(out, bytes, [](Stored value) { return static_cast<Real>(value); });
}

template <class Real> void convertAny(std::span<Real> out, DType dtype, std::span<const std::byte> bytes) {
  assert(bytes.size() == out.size() * byteSize(dtype));
  switch (dtype) {
  case DType::F64:
    return plain<double>(out, bytes);
  case DType::F32:
    return plain<float>(out, bytes);
  case DType::F16:
    return each<std::uint16_t>(out, bytes, [](auto b) { return Real(fromHalf(b)); });
  case DType::BF16:
    return each<std::uint16_t>(out, bytes, [](auto b) { return Real(fromBfloat(b)); });
  case DType::F8E4M3:
    return each<std::uint8_t>(out, bytes, [](auto b) { return Real(fromE4M3(b)); });
  case DType::F8E5M2:
    return each<std::uint8_t>(out, bytes, [](auto b) { return Real(fromE5M2(b)); });
  case DType::I64:
    return plain<std::int64_t>(out, bytes);
  case DType::I32:
    return plain<std::int32_t>(out, bytes);
  case DType::I16:
    return plain<std::int16_t>(out, bytes);
  case DType::I8:
    return plain<std::int8_t>(out, bytes);
  case DType::U64:
    return plain<std::uint64_t>(out, bytes);
  case DType::U32:
    return plain<std::uint32_t>(out, bytes);
  case DType::U16:
    return plain<std::uint16_t>(out, bytes);
  case DType::U8:
    return plain<std::uint8_t>(out, bytes);
  case DType::Bool:
    return each<std::uint8_t>(out, bytes, [](auto b) { return Real(b != 0 ? 1 : 0); });
  case DType::C64:
    assert(false && "isReal() was not asked");
    return;
  }
}

} // namespace

std::size_t byteSize(DType dtype) {
  return factsOf(dtype).bytes;
}
std::string_view nameOf(DType dtype) {
  return factsOf(dtype).name;
}
bool isReal(DType dtype) {
  return dtype != DType::C64;
}

void convertTo(std::span<float> out, DType dtype, std::span<const std::byte> bytes) {
  convertAny(out, dtype, bytes);
}
void convertTo(std::span<double> out, DType dtype, std::span<const std::byte> bytes) {
  convertAny(out, dtype, bytes);
}

} // namespace evolute::core

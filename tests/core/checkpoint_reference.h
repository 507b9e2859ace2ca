// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest>

#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/checkpoint/checkpoint_file.h"
#include "core/error.h"

/// Files written by the real libraries and what they hold; see tests/reference/make_checkpoint_files.py.
inline std::filesystem::path referenceFile(const std::string &name) {
  return std::filesystem::path(EVOLUTE_TEST_DATA) / "checkpoints" / name;
}

inline nlohmann::json expectedArrays(const std::string &name) {
  const std::string list = name.starts_with("old_") ? "old_expected.json" : "expected.json";
  std::ifstream stream(referenceFile(list));
  return nlohmann::json::parse(stream).at(name).at("arrays");
}

inline double numberOf(const nlohmann::json &value) {
  if (!value.is_string())
    return value.get<double>();
  const auto text = value.get<std::string>();
  const double infinity = std::numeric_limits<double>::infinity();
  return text == "nan" ? std::numeric_limits<double>::quiet_NaN() : text == "inf" ? infinity : -infinity;
}

inline bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

/// Every array of the file is there with its dtype, shape and values, in double and in float; no other is.
inline void compareWithReference(const evolute::core::CheckpointFile &file, const nlohmann::json &expected) {
  QCOMPARE(file.arrays().size(), expected.size());
  for (const auto &[name, array] : expected.items()) {
    const evolute::core::ArrayInfo *info = file.find(name);
    QVERIFY2(info != nullptr, name.c_str());
    QCOMPARE(std::string(nameOf(info->dtype)), array.at("dtype").get<std::string>());
    QCOMPARE(info->shape, array.at("shape").get<std::vector<std::int64_t>>());
    if (info->dtype == evolute::core::DType::C64) {
      QVERIFY_EXCEPTION_THROWN(file.readFloat32(name), evolute::core::Error);
      continue;
    }
    const std::vector<double> values = file.readFloat64(name);
    const std::vector<float> floats = file.readFloat32(name);
    QCOMPARE(values.size(), array.at("values").size());
    QCOMPARE(floats.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double wanted = numberOf(array.at("values")[i]);
      QVERIFY2(same(values[i], wanted), qPrintable(QString("%1[%2]: %3, expected %4")
                                                       .arg(QString::fromStdString(name))
                                                       .arg(i)
                                                       .arg(values[i], 0, 'g', 17)
                                                       .arg(wanted, 0, 'g', 17)));
      QVERIFY2(same(floats[i], static_cast<float>(wanted)), name.c_str());
    }
  }
}

/// The sentence of the Error that `work` throws; empty when it throws none.
template <class Work> QString sentenceOf(Work work) {
  try {
    work();
  } catch (const evolute::core::Error &error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

inline std::vector<std::byte> bytesOf(const std::filesystem::path &path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

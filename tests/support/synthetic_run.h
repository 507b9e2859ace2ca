// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <QString>
#include <QTemporaryDir>

namespace evolute::test {

/// A run folder that is there and gone with the object: checkpoints with one vector of weights on a smooth
/// path.
class SyntheticRun {
public:
  static constexpr int kWeights = 16;

  SyntheticRun() = default;

  std::filesystem::path folder() const { return path().toStdU16String(); }
  QString path() const { return m_dir.filePath(QStringLiteral("run")); }
  std::filesystem::path file(std::int64_t step) const {
    return folder() / "checkpoints" / ("step_" + std::to_string(step) + ".safetensors");
  }
  std::filesystem::path log() const { return folder() / "metrics.jsonl"; }

  /// `variant` tells checkpoints of one step apart.
  void writeCheckpoint(std::int64_t step, int variant = 0) const {
    writeWeights(file(step), weights(step, variant));
  }
  void writeCheckpoints(const std::vector<std::int64_t> &steps) const {
    for (const auto step : steps)
      writeCheckpoint(step);
  }
  /// As an unlucky writer leaves it: `share` of the bytes of a whole checkpoint, under its final name.
  void writeHalf(std::int64_t step, double share = 0.5) const {
    const auto whole = folder() / "whole.tmp";
    writeWeights(whole, weights(step, 0));
    std::ifstream in(whole, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    in.close();
    std::filesystem::remove(whole);
    std::filesystem::create_directories(file(step).parent_path());
    std::ofstream(file(step), std::ios::binary) << bytes.substr(0, std::size_t(share * double(bytes.size())));
  }
  void appendLog(const std::string &text) const {
    std::filesystem::create_directories(folder());
    std::ofstream(log(), std::ios::binary | std::ios::app) << text;
  }
  void replaceLog(const std::string &text) const {
    const auto fresh = folder() / ".metrics.new";
    std::ofstream(fresh, std::ios::binary) << text;
    std::filesystem::rename(fresh, log());
  }
  static std::string row(std::int64_t step) {
    return "{\"step\": " + std::to_string(step) + ", \"loss\": " + std::to_string(1.0 / double(1 + step)) +
           "}\n";
  }

  static std::vector<float> weights(std::int64_t step, int variant) {
    std::vector<float> values(kWeights);
    for (int i = 0; i < kWeights; ++i)
      values[std::size_t(i)] = float(std::sin(0.1 * double(i + 1) * std::log1p(double(step))) + variant);
    return values;
  }
  /// Written by hand where core's writer would flush each file to the disk: hundreds of them would take
  /// seconds.
  static void writeWeights(const std::filesystem::path &file, const std::vector<float> &values) {
    const std::size_t bytes = values.size() * sizeof(float);
    std::string header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[" + std::to_string(values.size()) +
                         "],\"data_offsets\":[0," + std::to_string(bytes) + "]}}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = header.size(); // little-endian, as all machines that the tests run on
    std::filesystem::create_directories(file.parent_path());
    const auto fresh = file.parent_path() / ".fresh.tmp";
    std::ofstream out(fresh, std::ios::binary);
    out.write(reinterpret_cast<const char *>(&length), sizeof length);
    out << header;
    out.write(reinterpret_cast<const char *>(values.data()), std::streamsize(bytes));
    out.close();
    std::filesystem::rename(fresh, file);
  }

private:
  QTemporaryDir m_dir;
};

} // namespace evolute::test

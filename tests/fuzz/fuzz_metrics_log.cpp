// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "fuzz_checkpoint.h"

#include "core/checkpoint/metrics_log.h"

namespace {

using namespace evolute::core;
namespace fs = std::filesystem;

/// A folder of this process alone, gone at its end.
class Folder {
public:
  Folder() : m_path(fs::temp_directory_path() / ("evolute-fuzz-" + std::to_string(std::random_device{}()))) {
    fs::create_directory(m_path);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
  }
  fs::path file(const char *name) const { return m_path / name; }

private:
  fs::path m_path;
};

void write(const fs::path &file, const char *bytes, std::size_t size, std::ios::openmode mode) {
  std::ofstream(file, std::ios::binary | mode).write(bytes, std::streamsize(size));
}

void requireSound(const MetricsLog &log) {
  for (const auto &[name, series] : log.series()) {
    require(series.steps.size() == series.values.size(), "as many values as steps");
    for (std::size_t i = 1; i < series.steps.size(); ++i)
      require(series.steps[i - 1] < series.steps[i], "steps ascend");
  }
}

bool isSame(const MetricsLog &a, const MetricsLog &b) {
  if (a.series().size() != b.series().size() || a.rowCount() != b.rowCount() ||
      a.badLineCount() != b.badLineCount())
    return false;
  for (auto i = a.series().begin(), j = b.series().begin(); i != a.series().end(); ++i, ++j) {
    if (i->first != j->first || i->second.steps != j->second.steps)
      return false;
    for (std::size_t k = 0; k < i->second.values.size(); ++k) {
      const double x = i->second.values[k], y = j->second.values[k];
      if (x != y && !(std::isnan(x) && std::isnan(y)))
        return false;
    }
  }
  return true;
}

} // namespace

/// No bytes break the reader, and a log that grew while it was read reads like one that did not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  static const Folder folder;
  const auto *bytes = reinterpret_cast<const char *>(data);
  const fs::path whole = folder.file("whole"), grown = folder.file("grown");
  write(whole, bytes, size, std::ios::trunc);
  MetricsLog atOnce(whole);
  atOnce.refresh();
  atOnce.finish();
  requireSound(atOnce);

  const std::size_t part = size / 2;
  write(grown, bytes, part, std::ios::trunc);
  MetricsLog inParts(grown);
  inParts.refresh();
  requireSound(inParts);
  write(grown, bytes + part, size - part, std::ios::app);
  inParts.refresh();
  inParts.finish();
  requireSound(inParts);
  require(isSame(atOnce, inParts), "a log reads the same whole or in parts");
  return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// That ArviZ itself opens the files and finds our numbers: tests/reference/check_arviz_import.py.
#include <array>
#include <cmath>
#include <csignal>
#include <limits>

#include <sys/resource.h>

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <netcdf.h>

#include "core/error.h"
#include "core/results/netcdf_tables.h"

using namespace evolute::core;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

LlcEstimate estimate(std::int64_t step, const LlcSettings &settings) {
  LlcEstimate e;
  e.step = step;
  e.checkpointHash = "checkpoint " + std::to_string(step);
  e.dataHash = "data";
  e.settingsHash = settings.hash();
  e.inverseTemperature = 8;
  e.initialLoss = 0.5;
  e.loss.resize(3, 2); // draws x chains
  e.loss << 1, 2, 3, 4, 5, kNaN;
  e.loss += float(step);
  e.excess = e.loss - 1;
  e.chains.resize(2);
  return e;
}

/// A variable of a group, all of it.
std::vector<double> valuesOf(const std::filesystem::path &path, const char *group, const char *name) {
  int file = 0, id = 0, variable = 0;
  std::vector<double> values;
  if (nc_open(path.string().c_str(), NC_NOWRITE, &file) != NC_NOERR)
    return values;
  std::array<int, 3> dimensions{};
  int count = 0;
  if (nc_inq_grp_ncid(file, group, &id) == NC_NOERR && nc_inq_varid(id, name, &variable) == NC_NOERR &&
      nc_inq_var(id, variable, nullptr, nullptr, &count, dimensions.data(), nullptr) == NC_NOERR) {
    std::size_t total = 1;
    for (int d = 0; d < count; ++d) {
      std::size_t size = 0;
      nc_inq_dimlen(id, dimensions[std::size_t(d)], &size);
      total *= size;
    }
    values.resize(total);
    nc_get_var_double(id, variable, values.data());
  }
  nc_close(file);
  return values;
}

} // namespace

class TestNetcdfTables : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void drawsComeByChainThenDrawThenEstimate();
  void otherSettingsGetAFileOfTheirOwn();
  void aFolderThatCannotBeMadeIsSaid();
  void aFullDiskIsSaidAndLeavesNothingBehind();
};

void TestNetcdfTables::drawsComeByChainThenDrawThenEstimate() {
  const QTemporaryDir folder;
  const std::filesystem::path root = folder.path().toStdString();
  ResultStore store(root);
  LlcSettings settings;
  for (const std::int64_t step : {100, 200})
    store.put(estimate(step, settings), settings);
  const auto files = writeDraws(store, root / "out");
  QCOMPARE(files, std::vector{root / "out" / "draws.nc"});
  const std::vector<double> loss = valuesOf(files[0], "sample_stats", "loss");
  const std::vector<double> expected = {101, 201, 103, 203, 105, 205, 102, 202, 104, 204};
  QCOMPARE(loss.size(), std::size_t(12));
  QVERIFY(std::equal(expected.begin(), expected.end(), loss.begin()));
  QVERIFY(std::isnan(loss[10]) && std::isnan(loss[11])); // chain 1 ended before its third draw
  const std::vector<double> llc = valuesOf(files[0], "posterior", "llc");
  QCOMPARE(llc.size(), std::size_t(12));
  QCOMPARE(llc[1], 8.0 * 200); // n*beta * (L_m(w) - L_m(w*)), the paired headline
  QCOMPARE(valuesOf(files[0], "posterior", "step"), (std::vector<double>{100, 200}));
  QCOMPARE(QDir(QString::fromStdString((root / "out").string())).entryList(QDir::Files | QDir::Hidden).size(), 1);
}

void TestNetcdfTables::otherSettingsGetAFileOfTheirOwn() {
  const QTemporaryDir folder;
  const std::filesystem::path root = folder.path().toStdString();
  ResultStore store(root);
  LlcSettings paired, plain;
  plain.estimator = LlcEstimator::Plain;
  store.put(estimate(1, paired), paired);
  store.put(estimate(1, plain), plain);
  const auto files = writeDraws(store, root);
  QCOMPARE(files.size(), std::size_t(2));
  std::vector<double> first;
  for (const auto &file : files)
    first.push_back(valuesOf(file, "posterior", "llc")[0]);
  std::sort(first.begin(), first.end());
  QCOMPARE(first, (std::vector<double>{8.0 * 1, 8.0 * 1.5})); // the plain headline subtracts L(w*) = 0.5
}

void TestNetcdfTables::aFolderThatCannotBeMadeIsSaid() {
  const QTemporaryDir folder;
  const std::filesystem::path root = folder.path().toStdString();
  ResultStore store(root);
  try {
    writeDraws(store, root / ".evolute" / "results.db" / "out");
    QFAIL("no error");
  } catch (const Error &error) {
    QVERIFY2(std::string(error.what()).find("cannot make the folder") != std::string::npos, error.what());
  }
}

/// The limit on file sizes stands for the disk: small enough for a header, too small for the draws.
void TestNetcdfTables::aFullDiskIsSaidAndLeavesNothingBehind() {
  const QTemporaryDir folder;
  const std::filesystem::path root = folder.path().toStdString();
  ResultStore store(root);
  const LlcSettings settings;
  LlcEstimate large = estimate(100, settings);
  large.loss = decltype(large.loss)::Random(20000, 2);
  large.excess = large.loss;
  store.put(large, settings);
  std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {4096, 65536}) {
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit tight{bytes, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &tight);
    std::string said;
    try {
      writeDraws(store, root / "out");
    } catch (const Error &error) {
      said = error.what();
    }
    setrlimit(RLIMIT_FSIZE, &before);
    QVERIFY2(said.find("cannot write the file") != std::string::npos, said.c_str());
    QVERIFY(QDir(QString::fromStdString((root / "out").string())).isEmpty(QDir::Files | QDir::Hidden));
  }
}

QTEST_GUILESS_MAIN(TestNetcdfTables)
#include "tst_netcdf_tables.moc"

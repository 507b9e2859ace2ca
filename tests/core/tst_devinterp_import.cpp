// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <fstream>
#include <span>

#include <QTemporaryDir>
#include <QTest>

#include "core/checkpoint/run_description.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/error.h"
#include "core/llc/diagnostics.h"
#include "core/results/devinterp_import.h"

using namespace evolute::core;

namespace {

/// In the form of json.dump of what estimate_learning_coeff_with_summary() of devinterp 1.3.2 returns, with
/// numbers that can be added up in the head. Files that it wrote itself are in tests/reference/devinterp.
const std::string kDictionary = R"({"llc/mean": 0.5, "llc/std": 0.1, "llc-chain/0": 0.4, "llc-chain/1": 0.5,
  "llc-chain/2": 0.6, "loss/trace": [[1.0, 1.1, 1.2, 1.3], [1.1, 1.2, 1.3, 1.4], [1.2, 1.3, 1.4, 1.5]]})";

std::string sentenceOf(const std::string &text, const ImportOptions &options = {}) {
  try {
    devinterpFromJson(text, "results.json", options);
  } catch (const Error &error) {
    return error.what();
  }
  return {};
}

const std::filesystem::path kFolder = std::filesystem::path(EVOLUTE_TEST_DATA) / "devinterp";

} // namespace

class TestDevinterpImport : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  std::filesystem::path path(const std::string &name) const {
    return m_folder.path().toStdString() + "/" + name;
  }
  std::filesystem::path write(const std::string &name, const std::string &text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }

private Q_SLOTS:
  void whatTheLibrariesWroteIsRead();
  void aSingleChainHasNoSpread();
  void aDictionaryBecomesAnEstimate();
  void theTemperatureGivesTheRest();
  void stepsComeFromKeysOrFromTheDictionaries();
  void theOnlineEstimatorHasTracesInstead();
  void aTableHasARowAStep();
  void mistakesGetASentence_data();
  void mistakesGetASentence();
  void aZarrStoreIsTurnedAwayWithAdvice();
  void storedEstimatesAreACurveOfTheirOwn();
};

/// make_devinterp_results.py says how the files came about. The numbers of one are held against one another:
/// lambda-hat is n*beta (mean loss - L(w*)) with L(w*) = 1.5e-13.
void TestDevinterpImport::whatTheLibrariesWroteIsRead() {
  for (const char *name : {"results-1.3.2.json", "results-2.0.1.json", "online-1.3.2.json"}) {
    const auto estimates = readDevinterpResults(kFolder / name, {.step = 3000, .inverseTemperature = 300.0});
    QCOMPARE(estimates.size(), std::size_t(1));
    const LlcEstimate &e = estimates[0];
    QCOMPARE(e.step, 3000);
    QCOMPARE(e.loss.rows(), 20);
    QCOMPARE(e.chains.size(), std::size_t(e.loss.cols()));
    QVERIFY2(std::abs(e.llc / (300 * double(e.loss.cast<double>().mean())) - 1) < 1e-5, name);
    QVERIFY2(std::abs(e.initialLoss) < 1e-6, name);
    for (std::size_t c = 0; c < e.chains.size(); ++c) {
      const double mean = e.loss.col(Eigen::Index(c)).cast<double>().mean();
      QVERIFY2(std::abs(e.chains[c].llcPlain / (300 * mean) - 1) < 1e-5, name);
    }
    QVERIFY(e.standardError > 0 && e.mcse > 0 && e.essBulk > 1);
  }
}

void TestDevinterpImport::aSingleChainHasNoSpread() {
  const LlcEstimate single =
      readDevinterpResults(kFolder / "single-1.3.2.json", {.step = 0})[0]; // "llc/std": NaN
  const auto table = readDevinterpResults(kFolder / "results-1.3.2.csv");  // nan
  QCOMPARE(table.size(), std::size_t(2));
  QCOMPARE(table[0].llc, single.llc);
  QVERIFY(std::isfinite(single.llc) && single.chains.size() == 1 && table[0].chains.size() == 1);
  QVERIFY(std::isnan(single.sdOverChains) && std::isnan(single.standardError) &&
          std::isnan(table[0].standardError));
  const LlcEstimate three = readDevinterpResults(kFolder / "results-1.3.2.json", {.step = 3000})[0];
  QCOMPARE(table[1].llc, three.llc);
  QCOMPARE(table[1].standardError, three.standardError);
  QCOMPARE(table[1].chains.size(), std::size_t(3));
}

void TestDevinterpImport::aDictionaryBecomesAnEstimate() {
  const auto estimates = devinterpFromJson(kDictionary, "results.json", {.step = 300, .component = "L0.H1"});
  QCOMPARE(estimates.size(), std::size_t(1));
  const LlcEstimate &e = estimates[0];
  QCOMPARE(e.step, 300);
  QCOMPARE(e.component, std::string("L0.H1"));
  QCOMPARE(e.llc, 0.5);
  QVERIFY(std::abs(e.sdOverChains - 0.1) < 1e-12);
  QVERIFY(std::abs(e.standardError - 0.1 / std::sqrt(3.0)) < 1e-12);
  QCOMPARE(e.chains.size(), std::size_t(3));
  QCOMPARE(e.chains[2].llcPlain, 0.6);
  QCOMPARE(e.chains[2].draws, 4);
  QCOMPARE(e.loss.rows(), 4);
  QCOMPARE(e.loss(3, 2), 1.5F);
  QCOMPARE(e.verdict.code, std::string("imported"));
  QVERIFY(e.verdict.reason.find("results.json") != std::string::npos);
  QVERIFY(std::isnan(e.acceptance) && std::isnan(e.llcPaired) && std::isnan(e.initialLoss));
}

void TestDevinterpImport::theTemperatureGivesTheRest() {
  const LlcEstimate e =
      devinterpFromJson(kDictionary, "results.json", {.step = 1, .inverseTemperature = 4.0})[0];
  QCOMPARE(e.inverseTemperature, 4.0);
  QVERIFY(std::abs(e.initialLoss - (1.25 - 0.5 / 4)) < 1e-12);
  QVERIFY(std::abs(e.mcse - 4 * mcseMean(e.loss.cast<double>())) < 1e-6); // the trace was kept as float32
}

void TestDevinterpImport::stepsComeFromKeysOrFromTheDictionaries() {
  const auto byKey = devinterpFromJson(R"({"0": {"llc/mean": 1}, "20": {"llc/mean": 2}})", "results.json");
  const auto inside =
      devinterpFromJson(R"([{"step": 0, "llc/mean": 1}, {"step": 20, "llc/mean": 2}])", "results.json");
  for (const auto &estimates : {byKey, inside}) {
    QCOMPARE(estimates.size(), std::size_t(2));
    QCOMPARE(estimates[1].step, 20);
    QCOMPARE(estimates[1].llc, 2.0);
    QVERIFY(std::isnan(estimates[1].standardError)); // no chains, no error
  }
}

void TestDevinterpImport::theOnlineEstimatorHasTracesInstead() {
  const LlcEstimate e = devinterpFromJson(
      R"({"llc/trace": [[1, 3], [3, 5]], "loss/trace": [[0.1, 0.2], [0.2, 0.3]], "init_loss": 0.05})",
      "results.json", {.step = 1})[0];
  QCOMPARE(e.llc, 3.0);
  QCOMPARE(e.chains[1].llcPlain, 4.0);
  QCOMPARE(e.sdOverChains, std::sqrt(2.0));
  QCOMPARE(e.initialLoss, 0.05);
}

void TestDevinterpImport::aTableHasARowAStep() {
  const auto file = write("results.csv", "step,llc/mean,llc/std,llc-chain/0,llc-chain/1,note\n"
                                         "0,1.5,0.25,1.25,1.75,first\n100,2.5,,2.5,,\n");
  const auto estimates = readDevinterpResults(file);
  QCOMPARE(estimates.size(), std::size_t(2));
  QCOMPARE(estimates[0].chains.size(), std::size_t(2));
  QCOMPARE(estimates[0].chains[1].llcPlain, 1.75);
  QVERIFY(std::abs(estimates[0].standardError - 0.25) < 1e-12); // from the chains: 0.5 / sqrt 2 / sqrt 2
  QCOMPARE(estimates[1].step, 100);
  QCOMPARE(estimates[1].chains.size(), std::size_t(1));
}

void TestDevinterpImport::mistakesGetASentence_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("says");
  QTest::newRow("no JSON") << R"({"llc/mean": one})"
                           << "byte 14";
  QTest::newRow("text that reads like a number") << R"([{"step": 1, "llc/mean": "1"}])"
                                                 << "expected a number";
  QTest::newRow("no step") << R"({"llc/mean": 1})"
                           << "--step";
  QTest::newRow("no results") << R"({"step": 3})"
                              << "key \"step\"";
  QTest::newRow("nothing at all") << "{}"
                                  << "found none";
  QTest::newRow("text for a number") << R"([{"step": 1, "llc/mean": "two"}])"
                                     << "expected a number, found \"two\"";
  QTest::newRow("negative step") << R"([{"step": -1, "llc/mean": 2}])"
                                 << "found -1";
  QTest::newRow("a step twice") << R"([{"step": 1, "llc/mean": 2}, {"step": 1, "llc/mean": 3}])"
                                << "two of step 1";
  QTest::newRow("ragged trace") << R"([{"step": 1, "llc/mean": 2, "loss/trace": [[1, 2], [3]]}])"
                                << "expected 2 draws for chain 1";
  QTest::newRow("other chains")
      << R"([{"step": 1, "llc/mean": 2, "llc-chain/0": 2, "loss/trace": [[1], [3]]}])"
      << "expected 1 chains, found 2";
}

void TestDevinterpImport::mistakesGetASentence() {
  QFETCH(QString, text);
  QFETCH(QString, says);
  const QString sentence = QString::fromStdString(sentenceOf(text.toStdString()));
  QVERIFY2(sentence.startsWith("results.json: ") || sentence.startsWith("results.json"),
           qPrintable(sentence));
  QVERIFY2(sentence.contains(says), qPrintable(sentence));
}

void TestDevinterpImport::aZarrStoreIsTurnedAwayWithAdvice() {
  std::filesystem::create_directories(path("samples.zarr"));
  write("samples.zarr/zarr.json", "{}");
  try {
    readDevinterpResults(path("samples.zarr"));
    QFAIL("no error");
  } catch (const Error &error) {
    QVERIFY2(std::string(error.what()).find("core/results/README.md") != std::string::npos, error.what());
  }
}

void TestDevinterpImport::storedEstimatesAreACurveOfTheirOwn() {
  const std::filesystem::path root = path("run");
  std::filesystem::create_directories(root);
  const std::vector<float> weights = {1, 2};
  ArrayInfo info;
  info.name = "layers.0.weight";
  info.dtype = DType::F32;
  info.shape = {1, 2};
  writeSafetensors(root / "step_10.safetensors", {{info, std::as_bytes(std::span(weights))}});
  const Run run = openRun(root);
  ResultStore store(root);
  const auto estimates =
      devinterpFromJson(R"({"10": {"llc/mean": 1.5, "loss/trace": [[1, 2]]}})", "results.json");
  QCOMPARE(storeImported(store, run, estimates), 1);
  const auto stored = store.estimates();
  QCOMPARE(stored.size(), std::size_t(1));
  QCOMPARE(stored[0].llc, 1.5);
  QCOMPARE(stored[0].verdict.code, std::string("imported"));
  QVERIFY(stored[0].settingsHash != LlcSettings().hash());
  QCOMPARE(store.settings(stored[0].settingsHash)->chainCount, 1);
  QCOMPARE(store.find(keyOf(stored[0]))->loss(1, 0), 2.0F);
  const auto missing = devinterpFromJson(R"({"10": {"llc/mean": 1}, "11": {"llc/mean": 1}})", "results.json");
  try {
    storeImported(store, run, missing);
    QFAIL("no error");
  } catch (const Error &error) {
    QVERIFY2(std::string(error.what()).find("step 11") != std::string::npos, error.what());
  }
  QCOMPARE(store.estimates().size(), std::size_t(1)); // not even step 10 of the second file
  // The same again changes nothing; a corrected file of the same name, or n*beta, makes a curve of its own.
  storeImported(store, run, estimates);
  QCOMPARE(store.estimates().size(), std::size_t(1));
  storeImported(store, run, devinterpFromJson(R"({"10": {"llc/mean": 1.6}})", "results.json"));
  storeImported(store, run,
                devinterpFromJson(R"({"10": {"llc/mean": 1.6}})", "results.json", {.inverseTemperature = 2}));
  QCOMPARE(store.estimates().size(), std::size_t(3));
}

QTEST_GUILESS_MAIN(TestDevinterpImport)
#include "tst_devinterp_import.moc"

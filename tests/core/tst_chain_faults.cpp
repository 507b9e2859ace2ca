// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <atomic>
#include <cmath>
#include <limits>
#include <new>

#include "core/resource_error.h"
#include "core/torch/chain_runner.h"
#include "core/torch/runtime.h"
#include "core/torch/summarize_chains.h"

using namespace evolute::core;

namespace {

/// |w|^2 / 2, which can be made to fail.
class FaultyBowl : public Objective {
public:
  std::int64_t sampleCount() const override { return 2; }
  std::int64_t activationsPerSample() const override { return 8; }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor x = w[0].dim() == 1 ? w[0].unsqueeze(0) : w[0];
    largest = std::max<std::int64_t>(largest, x.size(0));
    const int call = calls++;
    if (x.size(0) > mostReplicas && call >= failFrom) {
      if (withStandardException)
        throw std::bad_alloc();
      TORCH_CHECK(false, message);
    }
    torch::Tensor loss = 0.5 * x.square().sum(1, true).expand({x.size(0), indices.size(1)});
    if (spoilt)
      loss = loss.masked_fill((x.select(1, 0) > 0.05).unsqueeze(1), *spoilt);
    return loss;
  }

  std::int64_t mostReplicas = 1000;
  int failFrom = 0;
  std::string message = "CUDA out of memory. Tried to allocate 2.00 GiB";
  bool withStandardException = false;
  std::optional<double> spoilt;
  mutable int calls = 0;
  mutable std::int64_t largest = 0;
};

LlcSettings settings() {
  LlcSettings s;
  s.stepSize = 1e-3;
  s.localization = 1;
  s.inverseTemperature = 100;
  s.chainCount = 8;
  s.drawCount = 30;
  s.burnInSteps = 10;
  s.batchSize = 2;
  s.sampleCount = 2;
  s.doublePrecision = true;
  return s;
}

ChainTraces run(const FaultyBowl &bowl, const LlcSettings &s, const Observer &observe = {},
                const std::function<bool(const ChainTraces &, std::int64_t)> &enough = {}) {
  const Weights start = {torch::zeros({3}, torch::kFloat64)};
  const torch::Tensor table = torch::zeros({2}, torch::kFloat64);
  const std::vector<ParameterShape> parameters = {{"w", {3}}};
  const Component all{"all", {{"w", -1, 0, 0}}, 3};
  return runChains({bowl, start, parameters, all, s, table, "checkpoint", 1, {}, enough}, observe);
}

bool sameNumbers(const ChainTraces &a, const ChainTraces &b) {
  return ((a.loss - b.loss).abs() < 1e-6F).all() && ((a.excess - b.excess).abs() < 1e-6F).all();
}

} // namespace

class TestChainFaults : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void outOfMemoryHalvesTheBatchAndKeepsTheNumbers_data() {
    QTest::addColumn<QString>("message");
    QTest::addColumn<int>("failFrom");
    QTest::newRow("GPU, at the first step") << "CUDA out of memory. Tried to allocate 2.00 GiB" << 0;
    QTest::newRow("GPU, on the way") << "CUDA out of memory. Tried to allocate 2.00 GiB" << 25;
    QTest::newRow("main memory") << "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes." << 0;
    QTest::newRow("work space of products") << "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate" << 0;
    QTest::newRow("C++") << "" << 0;
  }
  void outOfMemoryHalvesTheBatchAndKeepsTheNumbers() {
    QFETCH(QString, message);
    QFETCH(int, failFrom);
    FaultyBowl small;
    small.mostReplicas = 3; // of 8: 8 and 4 are too many, 2 are not
    small.failFrom = failFrom;
    small.message = message.toStdString();
    small.withStandardException = message.isEmpty();
    const FaultyBowl whole;
    std::int64_t told = 0;
    bool grows = true;
    const ChainTraces found = run(small, settings(), [&](const Progress &p) {
      grows = grows && p.done >= told;
      told = p.done;
      return Flow::Continue;
    });
    QCOMPARE(small.largest, 8); // it was tried
    QVERIFY(sameNumbers(found, run(whole, settings())));
    QCOMPARE(whole.largest, 8);
    QVERIFY(grows);
    QCOMPARE(told, settings().totalSteps());
  }

  void oneReplicaThatDoesNotFitIsAnError() {
    FaultyBowl none;
    none.mostReplicas = 0;
    QVERIFY_EXCEPTION_THROWN(run(none, settings()), c10::Error);
  }

  void otherErrorsAreNotTriedAgain() {
    FaultyBowl broken;
    broken.mostReplicas = 0;
    broken.message = "shapes cannot be multiplied";
    QVERIFY_EXCEPTION_THROWN(run(broken, settings()), c10::Error);
    QCOMPARE(broken.calls, 1);
  }

  void aLostDeviceIsToldFromOtherErrors_data() {
    QTest::addColumn<QString>("message");
    QTest::addColumn<bool>("lost");
    QTest::newRow("crashed kernel") << "CUDA error: unspecified launch failure" << true;
    QTest::newRow("bad access") << "CUDA error: an illegal memory access was encountered" << true;
    QTest::newRow("gone") << "CUDA error: the launch timed out and was terminated" << true;
    QTest::newRow("memory") << "CUDA out of memory. Tried to allocate 2.00 GiB" << false;
    QTest::newRow("memory, as the driver says it") << "CUDA error: out of memory" << false;
    QTest::newRow("shapes") << "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)" << false;
  }
  void aLostDeviceIsToldFromOtherErrors() {
    QFETCH(QString, message);
    QFETCH(bool, lost);
    const auto work = [&] {
      translatingTorchErrors("somewhere", [&] { TORCH_CHECK(false, message.toStdString()); });
    };
    if (lost)
      QVERIFY_EXCEPTION_THROWN(work(), ResourceError);
    else
      QVERIFY_EXCEPTION_THROWN(work(), Error);
    bool asResource = false;
    try {
      work();
    } catch (const ResourceError &) {
      asResource = true;
    } catch (const Error &) {
    }
    QCOMPARE(asResource, lost);
  }

  void aLossThatIsNotFiniteEndsItsChainAlone_data() {
    QTest::addColumn<double>("loss");
    QTest::newRow("NaN") << std::nan("");
    QTest::newRow("infinity") << std::numeric_limits<double>::infinity();
  }
  void aLossThatIsNotFiniteEndsItsChainAlone() {
    QFETCH(double, loss);
    LlcSettings s = settings();
    s.stepSize = 2e-4; // |w| reaches 0.05 in some chains only
    const FaultyBowl sound;
    FaultyBowl spoilt;
    spoilt.spoilt = loss;
    const ChainTraces found = run(spoilt, s), whole = run(sound, s);
    int ended = 0;
    for (int c = 0; c < s.chainCount; ++c) {
      const bool diverged = found.chains[std::size_t(c)].end == ChainEnd::Diverged;
      ended += diverged ? 1 : 0;
      if (!diverged)
        QVERIFY((found.loss.col(c) == whole.loss.col(c)).all());
    }
    QVERIFY2(ended > 0 && ended < s.chainCount, qPrintable(QString::number(ended)));
  }

  /// Rounds end at fixed counts, so what was drawn up to there is what a run of that length draws.
  void roundsEndAtFixedCountsOfDraws() {
    LlcSettings s = settings();
    s.stepsBetweenDraws = 2;
    s.targetStandardError = 1;
    s.maximalDraws = 100; // three rounds of 30 and one of 10
    std::vector<std::int64_t> asked;
    const auto stopAt = [&](std::int64_t last) {
      asked.clear();
      return run(FaultyBowl(), s, {}, [&](const ChainTraces &, std::int64_t draws) {
        asked.push_back(draws);
        return draws >= last;
      });
    };
    const ChainTraces sixty = stopAt(60);
    QCOMPARE(asked, (std::vector<std::int64_t>{30, 60}));
    QCOMPARE(sixty.loss.rows(), 60);
    QCOMPARE(sixty.chains[0].draws, 60);
    const ChainTraces all = stopAt(1000);
    QCOMPARE(asked, (std::vector<std::int64_t>{30, 60, 90}));
    QCOMPARE(all.loss.rows(), 100);
    QVERIFY((all.loss.topRows(60) == sixty.loss).all());
    s.targetStandardError = 0;
    s.drawCount = 60;
    QVERIFY((run(FaultyBowl(), s).loss == sixty.loss).all());
  }

  void theEstimateSaysWhyItStopped() {
    LlcSettings s = settings();
    s.targetStandardError = 1e-6;
    s.maximalDraws = s.drawCount;
    const auto message = [&] { return QString::fromStdString(summarizeChains(s, run(FaultyBowl(), s), 0, 0).message); };
    QVERIFY2(message().startsWith("Stopped at the most draws allowed (30 a chain)"), qPrintable(message()));
    s.targetStandardError = 1e6;
    QVERIFY2(message().startsWith("Stopped after 30 draws a chain"), qPrintable(message()));
    s.targetStandardError = 0;
    QVERIFY(message().isEmpty());
  }
};

QTEST_GUILESS_MAIN(TestChainFaults)
#include "tst_chain_faults.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include <QTest>

#include "core/llc/chain_traces.h"

using namespace evolute::core;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Chain c of `chains` has the excess (c + 1) * (draw + 1); its mean over the first n draws is (c + 1)(n +
/// 1)/2.
LlcEstimate ramps(int draws, int chains, double inverseTemperature) {
  LlcEstimate estimate;
  estimate.inverseTemperature = inverseTemperature;
  estimate.initialLoss = 3;
  estimate.excess.resize(draws, chains);
  for (int draw = 0; draw < draws; ++draw)
    for (int chain = 0; chain < chains; ++chain)
      estimate.excess(draw, chain) = float((chain + 1) * (draw + 1));
  estimate.loss = estimate.excess + 3.0F;
  return estimate;
}

} // namespace

class TestChainTraces : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void runningLlcIsTheMeanSoFarOverChains() {
    const LlcEstimate estimate = ramps(10, 3, 2);
    for (const LlcEstimator headline : {LlcEstimator::Paired, LlcEstimator::Plain}) {
      const RunningLlc running = runningLlc(estimate, headline);
      QCOMPARE(running.mean.size(), std::size_t(10));
      for (int n = 1; n <= 10; ++n) {
        // chains are at 1, 2 and 3 times (n + 1) / 2: their mean is twice that, their sd once
        QCOMPARE(running.mean[std::size_t(n - 1)], 2.0 * 2 * (n + 1) / 2);
        QCOMPARE(running.spread[std::size_t(n - 1)], 2.0 * (n + 1) / 2);
      }
    }
  }

  void aChainThatEndedCountsNoMore() {
    LlcEstimate estimate = ramps(6, 2, 1);
    estimate.excess.col(1).tail(3) = kNan;
    const RunningLlc running = runningLlc(estimate, LlcEstimator::Paired);
    QCOMPARE(running.mean[2], 1.5 * 2); // both
    QCOMPARE(running.mean[5], 3.5);     // the first alone
    QVERIFY(std::isnan(running.spread[5]));
    estimate.excess.col(0).tail(1) = kNan;
    QVERIFY(std::isnan(runningLlc(estimate, LlcEstimator::Paired).mean[5]));
  }

  void envelopesHoldEveryDraw() {
    const std::vector<TraceEnvelope> envelopes = excessEnvelopes(ramps(10, 2, 2), 4);
    QCOMPARE(envelopes.size(), std::size_t(2));
    // Stretches of 10 draws in 4: [0, 2), [2, 5), [5, 7), [7, 10)
    QCOMPARE(envelopes[0].low, (std::vector<float>{2, 6, 12, 16}));
    QCOMPARE(envelopes[0].high, (std::vector<float>{4, 10, 14, 20}));
    QCOMPARE(envelopes[1].high.back(), 40.0F);
  }

  void fewDrawsGiveFewStretches() {
    QCOMPARE(excessEnvelopes(ramps(3, 1, 1), 64).front().low, (std::vector<float>{1, 2, 3}));
  }

  void aStretchAfterTheEndIsNotANumber() {
    LlcEstimate estimate = ramps(4, 1, 1);
    estimate.excess.bottomRows(2) = kNan;
    const TraceEnvelope envelope = excessEnvelopes(estimate, 2).front();
    QCOMPARE(envelope.high[0], 2.0F);
    QVERIFY(std::isnan(envelope.low[1]) && std::isnan(envelope.high[1]));
  }

  void withoutTracesThereIsNothing() {
    QVERIFY(excessEnvelopes(LlcEstimate(), 8).empty());
    QVERIFY(runningLlc(LlcEstimate(), LlcEstimator::Paired).mean.empty());
  }
};

QTEST_GUILESS_MAIN(TestChainTraces)
#include "tst_chain_traces.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include <Eigen/QR>
#include <QTemporaryDir>
#include <QTest>

#include "core/data/token_writer.h"
#include "core/error.h"
#include "core/metrics/attention_scores.h"
#include "core/metrics/collapse.h"
#include "core/metrics/composition.h"
#include "core/metrics/gram_text.h"
#include "core/metrics/head_types.h"
#include "core/metrics/line_fit.h"
#include "core/metrics/token_losses.h"
#include "core/sampling/philox.h"

using namespace evolute::core;

namespace {

bool near(double a, double b, double tolerance = 1e-12) {
  return std::abs(a - b) <= tolerance;
}

Eigen::MatrixXd random(Eigen::Index rows, Eigen::Index columns, std::uint64_t position) {
  Eigen::MatrixXd m(rows, columns);
  RandomStream{7}.normals(position, std::span<double>(m.data(), std::size_t(m.size())));
  return m;
}

/// Every position attends evenly to all that it sees.
Eigen::MatrixXd even(Eigen::Index n) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index q = 0; q < n; ++q)
    a.row(q).head(q + 1).setConstant(1.0 / double(q + 1));
  return a;
}

/// Every position attends to the one `back` places before, the first ones to themselves.
Eigen::MatrixXd looking(Eigen::Index n, Eigen::Index back) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index q = 0; q < n; ++q)
    a(q, q >= back ? q - back : q) = 1;
  return a;
}

} // namespace

class TestHeadMetrics : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void aLineIsFittedToWhatIsFinite() {
    const LineFit exact = fitLine({0, 1, NAN, 3}, {1, 3, 100, 7});
    QCOMPARE(exact.count, 3);
    QVERIFY(std::abs(exact.slope - 2) < 1e-12 && std::abs(exact.intercept - 1) < 1e-12);
    QVERIFY(std::abs(exact.correlation - 1) < 1e-12);
    const LineFit noisy = fitLine({1, 2, 3, 4}, {1, 3, 2, 5}); // by hand: Sxx 5, Sxy 5.5, Syy 8.75
    QVERIFY(std::abs(noisy.slope - 1.1) < 1e-12 && std::abs(noisy.intercept) < 1e-12);
    QVERIFY(std::abs(noisy.correlation - 5.5 / std::sqrt(5 * 8.75)) < 1e-12);
    QVERIFY(std::isnan(fitLine({2, 2}, {1, 3}).slope));
    QVERIFY(std::isnan(fitLine({1, 2}, {3, 3}).correlation));
  }

  void typesComeFromTheLastScoresOfEachHead() {
    const auto value = [](std::int64_t step, const char *name, const char *head, double score) {
      MetricValue v;
      v.step = step;
      v.name = name;
      v.component = head;
      v.value = score;
      return v;
    };
    const auto types = headTypes({value(100, "previous-token", "L0.H1", 0.9), value(0, "previous-token", "L0.H1", 0.1),
                                  value(100, "prefix-matching", "L1.H0", 0.6), value(100, "previous-token", "L1.H0", 0.2),
                                  value(100, "current-token", "L1.H1", 0.9), // never asked for the others
                                  value(100, "previous-token", "all", 0.9)});
    QCOMPARE(types, (std::map<std::string, std::string>{{"L0.H1", "previous-token"}, {"L1.H0", "induction"}}));
  }

  void headsThatLookOneWayScoreOne() {
    QCOMPARE(previousTokenScore(looking(9, 1)), 1.0);
    QCOMPARE(currentTokenScore(looking(9, 1)), 0.0);
    QCOMPARE(currentTokenScore(looking(9, 0)), 1.0);
    QCOMPARE(previousTokenScore(even(10)), 0.1);
    QVERIFY(std::isnan(previousTokenScore(even(1))));
    // What followed position 2 lies at 3: from 8 that is 5 places back.
    QCOMPARE(prefixMatchingScore(looking(9, 5), 2, 8), 1.0);
    QCOMPARE(prefixMatchingScore(looking(9, 6), 2, 8), 0.0);
  }

  void evenAttentionHasFullEntropyAndOnePlaceNone() {
    const AttentionShares all = attentionShares(even(5));
    QVERIFY(near(all.entropy, 1));
    const double harmonic = (1. / 2 + 1. / 3 + 1. / 4 + 1. / 5) / 4;
    QVERIFY(near(all.current, harmonic) && near(all.previous, harmonic) && near(all.first, harmonic));
    QVERIFY(near(all.hardness, harmonic));
    QVERIFY(near(all.distance, (1 + 2 + 3 + 4) / 2. / 4)); // mean distance of q + 1 even places is q / 2
    const AttentionShares one = attentionShares(looking(5, 1));
    QCOMPARE(one.entropy, 0.0);
    QCOMPARE(one.hardness, 1.0);
    QCOMPARE(one.distance, 1.0);
    QCOMPARE(one.first, 0.25);
    QVERIFY(std::isnan(attentionShares(even(1)).entropy));
  }

  void attentionThatDoesNotDependOnTheTextDoesNotVary() {
    QCOMPARE(attentionVariability({looking(6, 1), looking(6, 1)}), 0.0);
    // Rows 1 ... 5 differ: each pattern is off the mean by 1/2 at two entries, half of whose sum is 1/2, of 6
    // in all.
    QVERIFY(near(attentionVariability({looking(6, 1), looking(6, 0)}), 5 * 0.5 / 6));
  }

  void prefixProbesRepeatOneTokenAndNoOther() {
    for (const std::int64_t context : {4, 33, 1024})
      for (std::uint64_t i = 0; i < 50; ++i) {
        const PrefixMatchingProbe probe = prefixMatchingProbe(3, i, 50, context);
        const auto n = std::int64_t(probe.tokens.size());
        QCOMPARE(n, std::min<std::int64_t>(128, context));
        QVERIFY(probe.first >= 1 && probe.first < n / 2 && probe.second > n / 2 && probe.second < n);
        const std::int64_t special = probe.tokens[std::size_t(probe.first)];
        QCOMPARE(probe.tokens[std::size_t(probe.second)], special);
        QCOMPARE(std::count(probe.tokens.begin(), probe.tokens.end(), special), 2);
        QVERIFY(*std::min_element(probe.tokens.begin(), probe.tokens.end()) >= 0);
        QVERIFY(*std::max_element(probe.tokens.begin(), probe.tokens.end()) < 50);
        QCOMPARE(prefixMatchingProbe(3, i, 50, context).tokens, probe.tokens);
      }
    QVERIFY_EXCEPTION_THROWN(prefixMatchingProbe(0, 0, 50, 3), Error);
    QVERIFY_EXCEPTION_THROWN(prefixMatchingProbe(0, 0, 1, 128), Error);
  }

  void previousTokenProbesHaveAllLengthsAndBeginWithTheirToken() {
    std::set<std::size_t> lengths;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const PreviousTokenProbe probe = previousTokenProbe(1, i, 20, 1024, 19);
      lengths.insert(probe.tokens.size());
      QCOMPARE(probe.tokens.front(), std::int64_t(19));
    }
    QCOMPARE(*lengths.begin(), std::size_t(16));
    QCOMPARE(*lengths.rbegin(), std::size_t(64));
    QCOMPARE(lengths.size(), std::size_t(49));
    QCOMPARE(previousTokenProbe(1, 0, 20, 8).tokens.size(), std::size_t(8));
  }

  void theIclScoreIsAPairedDifference() {
    Eigen::ArrayXXd losses = Eigen::ArrayXXd::Zero(3, 9); // context 10
    losses.col(1) << 5, 6, 7;                             // token 3
    losses.col(8) << 4, 5, 9;                             // token 10
    const MeanWithError score = iclScore(losses, {3, 10});
    QVERIFY(near(score.value, 0));
    QVERIFY(
        near(score.standardError, std::sqrt(3.0) / std::sqrt(3.0))); // differences -1, -1, 2 with sd sqrt 3
    QCOMPARE(lossByPosition(losses).mean[1], 6.0);
    QVERIFY(near(lossByPosition(losses).standardError[1], 1 / std::sqrt(3.0)));
    QVERIFY(std::isnan(lossByPosition(losses.topRows(1)).standardError[1]));
    for (const IclPlaces wrong : {IclPlaces{1, 5}, IclPlaces{3, 11}, IclPlaces{5, 5}})
      QVERIFY_EXCEPTION_THROWN(iclScore(losses, wrong), Error);
    // Tokens 50 and 500 of 1024 are logits 48 and 498, counted from 0.
    Eigen::ArrayXXd published = Eigen::ArrayXXd::Zero(1, 1023);
    published(0, 498) = 2;
    published(0, 48) = 3;
    QCOMPARE(iclScore(published, iclPlacesFor(1024)).value, -1.0);
    QCOMPARE(iclPlacesFor(256).early, 13);
    QCOMPARE(iclPlacesFor(256).late, 125);
    QCOMPARE(iclPlacesFor(16).early, 2);
  }

  void theNgramScoreIsOneWhereNgramsAreNothingSpecial() {
    Eigen::ArrayXXd losses = Eigen::ArrayXXd::Constant(4, 7, 3.0);
    QCOMPARE(ngramScore(losses, 2, Eigen::ArrayXd::Constant(5, 3.0)), 1.0);
    losses.col(1).setConstant(6);
    QCOMPARE(ngramScore(losses, 3, Eigen::ArrayXd::Constant(5, 1.5)), 4.0);
    QVERIFY_EXCEPTION_THROWN(ngramScore(losses, 9, Eigen::ArrayXd::Ones(1)), Error);
  }

  void bigramsAreCountedInsideSequences() {
    const std::array<std::int64_t, 8> tokens{0, 1, 0, 2, /* */ 0, 1, 1, 3};
    const BigramTable table(tokens, 4, 5);
    QCOMPARE(table.count(0), 3);
    QCOMPARE(table.count(0, 1), 2);
    QCOMPARE(table.count(0, 2), 1);
    QCOMPARE(table.count(2, 0), 0); // lies across
    QCOMPARE(table.count(1, 1), 1);
    QCOMPARE(table.count(4), 0);
    const double entropy = -(2. / 3) * std::log(2. / 3) - (1. / 3) * std::log(1. / 3);
    QVERIFY(near(table.entropy(0), entropy));
    QVERIFY(std::isnan(table.entropy(2)));
    // A model that says what the table says is at the floor, another above it by the divergence.
    const float never = -1e30f;
    const std::array<float, 5> same{never, std::log(2.f / 3), std::log(1.f / 3), never, never};
    QVERIFY(near(table.crossEntropy(0, same), entropy, 1e-6));
    const std::array<float, 5> all{std::log(.2f), std::log(.2f), std::log(.2f), std::log(.2f), std::log(.2f)};
    QVERIFY(near(table.crossEntropy(0, all), std::log(5.0), 1e-6));
    QVERIFY(std::isnan(table.crossEntropy(4, all)));
    QVERIFY_EXCEPTION_THROWN(BigramTable(tokens, 4, 3), Error);
    QVERIFY_EXCEPTION_THROWN(BigramTable(tokens, 3, 5), Error);
  }

  void gramsAreCountedOverAllOfAFileOrEvenlyInIt() {
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("tokens.npy").toStdString();
    // 100 sequences of 5 tokens: 0 1 2 3 4 in the first half, 5 6 7 8 9 in the second.
    TokenWriter writer(path, 10);
    std::vector<std::int32_t> tokens;
    for (int i = 0; i < 500; ++i)
      tokens.push_back(i < 250 ? i % 5 : 5 + i % 5);
    writer.add(tokens);
    writer.commit();
    const TokenFile file(path, 5);
    const GramText all = readGramText(file, 5, 10);
    QCOMPARE(all.bigrams.count(0, 1), 50);
    QCOMPARE(all.bigrams.count(8, 9), 50);
    QCOMPARE(all.bigrams.count(4), 0); // what follows is another sequence
    QCOMPARE(all.openingLength, 4);
    QCOMPARE(all.openings.size(), std::size_t(100 * 4));
    QCOMPARE(all.openings[3], 3);
    QCOMPARE(all.openings[99 * 4], 5);
    QCOMPARE(all.frequent.size(), std::size_t(3)); // of 2, 3 and 4 tokens
    QCOMPARE(all.frequent[2], (std::vector<std::vector<std::int64_t>>{{0, 1, 2, 3}, {1, 2, 3, 4}, {5, 6, 7, 8}, {6, 7, 8, 9}}));
    const GramText some = readGramText(file, 5, 10, 104); // room for 20 sequences
    QCOMPARE(some.bigrams.count(0, 1), 10);
    QCOMPARE(some.bigrams.count(5, 6), 10);
    QCOMPARE(some.openings.size(), std::size_t(20 * 4));
    QCOMPARE(readGramText(TokenFile(path, 3), 3, 10).frequent.size(), std::size_t(2)); // none is longer than the context
    QVERIFY_EXCEPTION_THROWN(readGramText(file, 5, 9), Error);
  }

  void frequentGramsComeFirst() {
    const std::array<std::int64_t, 12> tokens{1, 2, 3, 1, 2, 3, /* */ 1, 2, 3, 4, 4, 4};
    const std::vector<Gram> pairs = frequentGrams(tokens, 6, 2, 2);
    QCOMPARE(pairs.size(), std::size_t(2));
    QCOMPARE(pairs[0].tokens, (std::vector<std::int64_t>{1, 2}));
    QCOMPARE(pairs[0].count, 3);
    QCOMPARE(pairs[1].tokens, (std::vector<std::int64_t>{2, 3}));
    const std::vector<Gram> triples = frequentGrams(tokens, 6, 3, 100);
    QCOMPARE(triples.front().count, 3);
    QCOMPARE(triples.size(), std::size_t(6)); // 123 231 312 234 344 444
    QVERIFY_EXCEPTION_THROWN(frequentGrams(tokens, 6, 7, 1), Error);
  }

  void compositionEqualsTheProductsWrittenOut() {
    const HeadMatrices a{random(12, 3, 0), random(12, 3, 1), random(12, 3, 2), random(3, 12, 3)};
    const HeadMatrices b{random(12, 3, 4), random(12, 3, 5), random(12, 3, 6), random(3, 12, 7)};
    const Eigen::MatrixXd ov = a.value * a.output, qk = b.query * b.key.transpose(),
                          later = b.value * b.output;
    const Composition c = compositionOf(a, b);
    QVERIFY(near(c.queries, (ov * qk).norm() / ov.norm() / qk.norm()));
    QVERIFY(near(c.keys, (ov * qk.transpose()).norm() / ov.norm() / qk.norm()));
    QVERIFY(near(c.values, (ov * later).norm() / ov.norm() / later.norm()));
  }

  void compositionIsOneAlongOneDirectionAndZeroAcross() {
    // Rank one everywhere: the earlier head writes e1; the later reads keys along e1, queries along e2.
    const Eigen::VectorXd e1 = Eigen::VectorXd::Unit(4, 0), e2 = Eigen::VectorXd::Unit(4, 1);
    const HeadMatrices writes{e1, e1, e2, e1.transpose()};
    const HeadMatrices reads{e2, e1, e2, e2.transpose()};
    const Composition c = compositionOf(writes, reads);
    QVERIFY(near(c.keys, 1) && near(c.queries, 0) && near(c.values, 0));
    QVERIFY(std::isnan(compositionOf({e1, e1, 0 * e1, e1.transpose()}, reads).keys));
  }

  void spectraDoNotChangeUnderRotation() {
    const Eigen::MatrixXd m = random(5, 9, 10);
    const Eigen::MatrixXd turn = random(9, 9, 11).householderQr().householderQ();
    QVERIFY((normalisedSpectrum(m) - normalisedSpectrum(m * turn)).norm() < 1e-12);
    QVERIFY(near(normalisedSpectrum(m).sum(), 1));
    QVERIFY((normalisedSpectrum(m) - normalisedSpectrum(3 * m.transpose())).norm() < 1e-12);
    QVERIFY(near(effectiveRank(Eigen::MatrixXd::Identity(6, 9)), 6));
    QVERIFY(near(effectiveRank(random(6, 1, 12) * random(1, 9, 13)), 1, 1e-6));
    QVERIFY(std::isnan(effectiveRank(Eigen::MatrixXd::Zero(2, 2))));
  }

  void sharesInsideASubspaceAreCosines() {
    Eigen::MatrixXd space = Eigen::MatrixXd::Zero(3, 4); // spans e0 and e1
    space(0, 0) = 2;
    space(1, 1) = 0.5;
    space.row(2) = space.row(0) + space.row(1);
    Eigen::MatrixXd rows(4, 4);
    rows << 1, 2, 0, 0, /**/ 0, 0, 0, 1, /**/ 3, 0, 4, 0, /**/ 0, 0, 0, 0;
    const Eigen::VectorXd shares = sharesInside(rows, space);
    QVERIFY(near(shares[0], 1) && near(shares[1], 0) && near(shares[2], 0.6));
    QVERIFY(std::isnan(shares[3]));
    QCOMPARE(sharesInside(rows, Eigen::MatrixXd::Zero(2, 4))[0], 0.0);
  }

  void collapsedGainsAreCounted() {
    const GainCollapse c = gainCollapse((Eigen::VectorXd(4) << 1, -1, 0.05, -0.05).finished());
    QCOMPARE(c.collapsedShare, 0.5);
    QVERIFY(near(c.mean, 0.525) && near(c.sd, 0.475));
  }

  void theLargestScoreNamesAHead() {
    QCOMPARE(headTypeOf({0.8, 0.1, 0.4}), std::string("previous-token"));
    QCOMPARE(headTypeOf({0.1, 0.5, 0.4}), std::string("current-token"));
    QCOMPARE(headTypeOf({0.1, 0.1, 0.4}), std::string("induction"));
    QCOMPARE(headTypeOf({0.2, 0.2, 0.2}), std::string("other"));
    QCOMPARE(headTypeOf({0.2, std::nan(""), 0.2}, 0.1), std::string("induction"));
  }
};

QTEST_GUILESS_MAIN(TestHeadMetrics)
#include "tst_head_metrics.moc"

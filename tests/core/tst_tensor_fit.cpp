// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "checkpoint_reference.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/model/tensor_fit.h"

using namespace evolute::core;

namespace {

using State = TensorFitRow::State;

const std::vector<ParameterShape> kExpected{{"embed.W_E", {10, 4}},
                                            {"blocks.0.attn.W_Q", {2, 4, 2}},
                                            {"blocks.1.attn.W_Q", {2, 4, 2}},
                                            {"unembed.W_U", {4, 10}}};

std::vector<ArrayInfo> found(std::initializer_list<std::pair<const char *, std::vector<std::int64_t>>> list) {
  std::vector<ArrayInfo> arrays;
  for (const auto &[name, shape] : list)
    arrays.push_back({name, DType::F32, shape});
  return arrays;
}

} // namespace

class TestTensorFit : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theTableShowsWhatFitsAndWhatDoesNot() {
    const auto arrays = found({{"embed.W_E", {10, 4}},
                               {"blocks.0.attn.query", {2, 4, 2}},
                               {"blocks.1.attn.query", {2, 4, 2}},
                               {"unembed.W_U", {10, 4}},
                               {"extra", {3}}});
    const TensorFit fit = fitTensors(kExpected, arrays, {});
    QVERIFY(!fit.fits());
    QCOMPARE(fit.rows.size(), std::size_t(7)); // four expected, three left over
    QVERIFY(fit.rows[0].state == State::Fits && fit.rows[0].nearest.empty());
    QVERIFY(fit.rows[1].state == State::Missing && fit.rows[1].found.empty());
    QCOMPARE(fit.rows[1].nearest,
             (std::vector<std::string>{"blocks.0.attn.query", "blocks.1.attn.query", "extra"}));
    QCOMPARE(fit.rows[2].nearest.front(), std::string("blocks.1.attn.query")); // the layer's number decides
    QVERIFY(fit.rows[3].state == State::OtherShape &&
            fit.rows[3].foundShape == (std::vector<std::int64_t>{10, 4}));
    QVERIFY(fit.rows[6].state == State::Unused && fit.rows[6].found == "extra");
  }

  void aMappingIsFollowed() {
    const auto arrays = found({{"a", {10, 4}}, {"b", {2, 4, 2}}, {"c", {2, 4, 2}}, {"unembed.W_U", {4, 10}}});
    const TensorFit fit = fitTensors(
        kExpected, arrays, {{"embed.W_E", "a"}, {"blocks.0.attn.W_Q", "c"}, {"blocks.1.attn.W_Q", "b"}});
    QVERIFY(fit.fits());
    QCOMPARE(fit.rows[1].found, std::string("c"));
    // A name given away is not found a second time; one that is mapped to nothing is missing.
    const TensorFit swapped =
        fitTensors(kExpected, arrays, {{"embed.W_E", "unembed.W_U"}, {"blocks.0.attn.W_Q", "?"}});
    QVERIFY(swapped.rows[0].state == State::OtherShape);
    QVERIFY(swapped.rows[1].state == State::Missing && swapped.rows[3].state == State::Missing);
  }

  void aProposalHoldsOnlyWhatIsWithoutDoubt() {
    const auto arrays = found({{"embedding.W_E", {10, 4}},
                               {"h.0.attn.query", {2, 4, 2}},
                               {"h.1.attn.query", {2, 4, 2}},
                               {"unembed.W_V", {4, 10}},
                               {"unembed.W_X", {4, 10}}});
    const TensorMapping proposal = proposedMapping(kExpected, arrays, {});
    QCOMPARE(proposal, (TensorMapping{{"embed.W_E", "embedding.W_E"},
                                      {"blocks.0.attn.W_Q", "h.0.attn.query"},
                                      {"blocks.1.attn.W_Q", "h.1.attn.query"}})); // two are as near to W_U
    const TensorMapping kept = proposedMapping(kExpected, arrays, {{"unembed.W_U", "unembed.W_X"}});
    QCOMPARE(kept.at("unembed.W_U"), std::string("unembed.W_X"));
    QVERIFY(proposedMapping({}, arrays, {}).empty() && proposedMapping(kExpected, {}, {}).empty());
  }

  void whatIsExpectedComesFromTheFileOrFromTheDescription() {
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("step_1.safetensors").toStdString();
    const std::vector<float> values(12);
    const auto write = [&](const char *name) {
      writeSafetensors(path, {{{name, DType::F32, {3, 4}}, std::as_bytes(std::span(values))}});
      return CheckpointFile::open(path);
    };
    QCOMPARE(expectedTensors({}, write("layers.0.weight")).front().shape, (std::vector<std::int64_t>{3, 4}));
    const auto foreign = write("fc.weight");
    const DescriptionTable stated{{"family", std::string("linear-network")}, {"widths", std::string("4-3")}};
    const auto expected = expectedTensors(stated, foreign);
    QCOMPARE(expected.size(), std::size_t(1));
    QCOMPARE(expected.front().name, std::string("layers.0.weight"));
    QVERIFY(fitTensors(expected, foreign.arrays(), proposedMapping(expected, foreign.arrays(), {})).fits() ==
            false);
    QVERIFY(fitTensors(expected, foreign.arrays(), {{"layers.0.weight", "fc.weight"}}).fits());
    const QString unknown = sentenceOf([&] { expectedTensors({}, foreign); });
    QVERIFY2(unknown.contains("what it should have is not stated either"), qPrintable(unknown));
    QVERIFY(sentenceOf([&] {
              expectedTensors({{"family", std::string("attention-only-transformer")}}, foreign);
            }).contains("[model] vocabulary: expected a number of 1 or more, found none"));
  }
};

QTEST_GUILESS_MAIN(TestTensorFit)
#include "tst_tensor_fit.moc"

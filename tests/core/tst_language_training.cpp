// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include <QTemporaryDir>
#include <QTest>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/metrics_log.h"
#include "core/data/token_writer.h"
#include "core/error.h"
#include "core/model/run_model.h"
#include "core/sampling/permutation.h"
#include "core/sampling/philox.h"
#include "core/training/language_data.h"
#include "core/training/trainer.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kVocabulary = 7, kContext = 8; // of the ids 0 ... 6 the last never stands in the text

/// After token t comes t + 1 or t + 2 of 0 ... 5, each as often: no model does better than ln 2 nats a token.
void writeText(const fs::path &file, std::int64_t tokens, std::uint64_t seed) {
  std::vector<std::int64_t> coins(std::size_t(tokens), 0);
  RandomStream{seed}.integers(0, 2, coins);
  std::vector<std::int32_t> text;
  std::int64_t at = 0;
  for (const std::int64_t coin : coins)
    text.push_back(std::int32_t(at = (at + 1 + coin) % 6));
  TokenWriter writer(file, kVocabulary);
  writer.add(text);
  writer.commit();
}

std::string contents(const fs::path &path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string problemOf(const std::function<void()> &work) {
  try {
    work();
  } catch (const Error &error) {
    return error.what();
  }
  return {};
}

} // namespace

class TestLanguageTraining : public QObject {
  Q_OBJECT
  QTemporaryDir m_dir;
  fs::path path(const char *name) const { return fs::path(m_dir.path().toStdString()) / name; }

  TrainSettings tiny() const {
    TrainSettings s;
    s.task = "language-model";
    s.steps = 30;
    s.batchSize = 10; // shards of 2
    s.learningRate = 1e-2;
    s.schedule = "constant";
    s.modelWidth = 8;
    s.heads = 2;
    s.layers = 2;
    s.linearCheckpoints = 3;
    s.logarithmicCheckpoints = 3;
    s.language.context = kContext;
    LanguageData data = readLanguageData(path("data.toml"), 0, kContext, 16);
    s.language.data = data.slices;
    s.language.vocabulary = data.vocabulary;
    return s;
  }

private Q_SLOTS:
  void initTestCase() {
    writeText(path("train.npy"), 4096, 1);
    writeText(path("fresh.npy"), 1024, 2);
    std::ofstream(path("data.toml")) << "[data.train]\nkind = \"tokens\"\npath = \"train.npy\"\nvocabulary = 7\n"
                                     << "[data.fresh]\nkind = \"tokens\"\npath = \"fresh.npy\"\nvocabulary = 7\n";
  }

  void aPermutationTakesEachPlaceOnce() {
    for (const std::int64_t count : {1, 2, 3, 5, 64, 1000}) {
      std::set<std::int64_t> places;
      for (std::int64_t i = 0; i < count; ++i)
        places.insert(permuted(i, count, 3));
      QCOMPARE(std::int64_t(places.size()), count);
      QCOMPARE(*places.begin(), 0);
      QCOMPARE(*places.rbegin(), count - 1);
    }
  }

  /// A place that stays is one in a thousand; that both keys send it to the same as well.
  void permutationsOfTwoKeysShareNothing() {
    int kept = 0, shared = 0;
    for (std::int64_t i = 0; i < 1000; ++i) {
      kept += permuted(i, 1000, 3) == i;
      shared += permuted(i, 1000, 3) == permuted(i, 1000, 4);
    }
    QVERIFY2(kept < 8 && shared < 8, qPrintable(QStringLiteral("%1, %2").arg(kept).arg(shared)));
  }

  /// The conditional entropy of the text is ln 2; the first token of a sequence has none before it and is no target.
  void learnsTheEntropyOfItsText() {
    TrainSettings s = tiny();
    s.steps = 200;
    const TrainReport report = train(s, path("learner"), {"cpu", 1});
    QVERIFY2(std::abs(report.finalLoss - std::log(2.0)) < 0.03, qPrintable(QString::number(report.finalLoss)));
    MetricsLog log(path("learner") / "metrics.jsonl");
    QVERIFY(log.refresh());
    // before the first step logits have a deviation of about 0.8, which costs about 0.8^2 / 2 nats
    const double first = log.series().at("eval_loss").values.front();
    QVERIFY2(first > std::log(7.0) - 0.5 && first < std::log(7.0) + 1.2, qPrintable(QString::number(first)));
    QCOMPARE(log.series().at("eval_loss_fresh").values, log.series().at("eval_loss").values);
  }

  void writesARunThatSaysAllAReaderNeeds() {
    train(tiny(), path("run"), {"cpu", 1});
    const Run run = openRun(path("run"));
    QCOMPARE(std::int64_t(run.index.checkpoints.size()), std::int64_t(checkpointGrid(30, 3, 3).size()));
    const ModelSummary model = summarizeModel(run);
    QCOMPARE(model.problem, std::string());
    QCOMPARE(model.slices, (std::vector<std::string>{"train", "fresh"}));
    QVERIFY(std::any_of(model.components.begin(), model.components.end(),
                        [](const Component &c) { return c.name == "L1.H1"; }));
    QCOMPARE(textOr(run.description.model, "positions", ""), std::string("shortformer"));
    // next to each other they can be moved together
    QCOMPARE(textOr(run.description.data.at("train"), "path", ""), std::string("../train.npy"));
  }

  void theSameSeedGivesTheSameBitsOnAnyNumberOfThreads() {
    train(tiny(), path("one"), {"cpu", 1});
    train(tiny(), path("two"), {"cpu", 2});
    TrainSettings other = tiny();
    other.seed = 2;
    train(other, path("other"), {"cpu", 1});
    const auto last = [&](const char *name) { return contents(openRun(path(name)).index.checkpoints.back().path); };
    QVERIFY(last("one") == last("two"));
    QVERIFY(last("one") != last("other"));
    QCOMPARE(contents(path("one") / "metrics.jsonl"), contents(path("two") / "metrics.jsonl"));
  }

  void aResumedRunEqualsAnUninterruptedOne() {
    train(tiny(), path("whole"), {"cpu", 1});
    const auto stop = [](const Progress &p) { return p.done >= 17 ? Flow::Stop : Flow::Continue; };
    QVERIFY(train(tiny(), path("parts"), {"cpu", 1}, stop).stopped);
    QVERIFY(train(tiny(), path("parts"), {"cpu", 1}).resumed);
    const Run whole = openRun(path("whole")), parts = openRun(path("parts"));
    QCOMPARE(whole.index.checkpoints.size(), parts.index.checkpoints.size());
    for (std::size_t i = 0; i < whole.index.checkpoints.size(); ++i)
      QVERIFY(contents(whole.index.checkpoints[i].path) == contents(parts.index.checkpoints[i].path));
    QCOMPARE(contents(path("whole") / "metrics.jsonl"), contents(path("parts") / "metrics.jsonl"));
  }

  /// No gradient reaches the embedding of a token that never stands in the text: only the decay does.
  void weightDecayShrinksWhatNoGradientReaches() {
    TrainSettings s = tiny();
    s.weightDecay = 0.5;
    train(s, path("decay"), {"cpu", 1});
    const Run run = openRun(path("decay"));
    const auto unused = [&](const CheckpointEntry &entry) {
      return CheckpointFile::open(entry).readFloat32("embed.W_E").back();
    };
    const double expected = unused(run.index.checkpoints.front()) * std::pow(1 - 1e-2 * 0.5, 30);
    // thirty roundings of a float each
    QVERIFY(std::abs(unused(run.index.checkpoints.back()) - expected) < 30 * 6e-8 * std::abs(expected));
    TrainSettings none = tiny();
    train(none, path("no decay"), {"cpu", 1});
    const Run plain = openRun(path("no decay"));
    QCOMPARE(unused(plain.index.checkpoints.back()), unused(plain.index.checkpoints.front()));
  }

  /// Beside Adam's epsilon of 1e-8 a gradient of norm 1e-20 is none.
  void clippingBoundsTheGradient() {
    TrainSettings s = tiny();
    s.gradientClip = 1e-20;
    train(s, path("clipped"), {"cpu", 1});
    const Run run = openRun(path("clipped"));
    const auto weights = [](const CheckpointEntry &entry) {
      return CheckpointFile::open(entry).readFloat32("blocks.0.attn.W_Q");
    };
    QCOMPARE(weights(run.index.checkpoints.back()), weights(run.index.checkpoints.front()));
  }

  void oneTokenArrayLosesItsLastSequencesToMeasuring() {
    const LanguageData data = readLanguageData(path("train.npy"), 7, kContext, 12); // 512 sequences
    QCOMPARE(textOr(data.slices.at("train"), "sequences", ""), std::string("0:500"));
    QCOMPARE(textOr(data.slices.at("held-out"), "sequences", ""), std::string("500:"));
    QCOMPARE(integerOr(data.slices.at("held-out"), "vocabulary", 0), 7);
  }

  void dataThatDoNotFitAreSaidInOneSentence() {
    QVERIFY(problemOf([&] { readLanguageData(path("train.npy"), 0, kContext, 12); }).find("vocabulary") != std::string::npos);
    QVERIFY(problemOf([&] { readLanguageData(path("data.toml"), 9, kContext, 12); }).find("vocabulary") != std::string::npos);
    QVERIFY(problemOf([&] { readLanguageData(path("train.npy"), 7, kContext, 512); }).find("held") == std::string::npos);
    QVERIFY(!problemOf([&] { readLanguageData(path("train.npy"), 7, kContext, 512); }).empty());
    std::ofstream(path("no train.toml")) << "[data.code]\nkind = \"tokens\"\npath = \"train.npy\"\nvocabulary = 7\n";
    QVERIFY(problemOf([&] { readLanguageData(path("no train.toml"), 0, kContext, 12); }).find("[data.train]") !=
            std::string::npos);
    // an id beyond the vocabulary ends the training with its place
    const LanguageData small = readLanguageData(path("train.npy"), 5, kContext, 12);
    TrainSettings s = tiny();
    s.language.data = small.slices;
    s.language.vocabulary = small.vocabulary;
    QVERIFY(problemOf([&] { train(s, path("wrong"), {"cpu", 1}); }).find("train.npy") != std::string::npos);
    QVERIFY(!fs::exists(path("wrong")));
  }
};

QTEST_GUILESS_MAIN(TestLanguageTraining)
#include "tst_language_training.moc"

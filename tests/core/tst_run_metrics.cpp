// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <fstream>
#include <map>
#include <span>

#include <QTemporaryDir>
#include <QTest>

#include "core/checkpoint/safetensors_writer.h"
#include "core/error.h"
#include "core/metrics/attention_on_text.h"
#include "core/metrics/run_metrics.h"
#include "core/model/architectures.h"
#include "core/sampling/philox.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kVocabulary = 20, kContext = 12, kWidth = 12, kHeads = 2;

DecoderConfig smallConfig() {
  DecoderConfig c;
  c.vocabulary = kVocabulary;
  c.context = kContext;
  c.width = kWidth;
  c.heads = kHeads;
  c.headWidth = 6;
  c.layers = 2;
  return c;
}

/// Weights of `scale` times standard normal numbers; gains are 1.
void writeCheckpoint(const fs::path &path, double scale) {
  std::vector<std::vector<float>> values;
  std::vector<ArrayToWrite> arrays;
  for (const ParameterShape &p : parametersOf(smallConfig())) {
    values.emplace_back(std::size_t(p.elementCount()), p.name.ends_with(".w") ? 1.F : 0.F);
    if (p.name.find("W_") != std::string::npos) {
      RandomStream{streamKey(1, p.name)}.normals(0, std::span<float>(values.back()));
      for (float &v : values.back())
        v *= float(scale);
    }
  }
  std::size_t i = 0;
  for (const ParameterShape &p : parametersOf(smallConfig())) {
    arrays.push_back({{p.name, DType::F32, p.shape}, std::as_bytes(std::span(values[i]))});
    ++i;
  }
  writeSafetensors(path, arrays);
}

void writeTokens(const fs::path &path, std::int64_t sequences) {
  std::vector<std::int64_t> tokens(std::size_t(sequences * kContext));
  RandomStream{9}.integers(0, std::uint32_t(kVocabulary), tokens);
  std::string header = "{'descr': '<i8', 'fortran_order': False, 'shape': (" + std::to_string(sequences) +
                       ", " + std::to_string(kContext) + "), }";
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY\x01" << '\0' << char(header.size() % 256) << char(header.size() / 256) << header;
  file.write(reinterpret_cast<const char *>(tokens.data()),
             std::streamsize(tokens.size() * sizeof(std::int64_t)));
}

} // namespace

class TestRunMetrics : public QObject {
  Q_OBJECT
  QTemporaryDir m_folder;
  fs::path m_root;

  MetricsRequest request(std::vector<std::string> families = {}) const {
    MetricsRequest r;
    r.families = std::move(families);
    r.slice = "text";
    r.samples = 24;
    r.probes = 40;
    r.device.device = "cpu";
    return r;
  }
  /// By name and component; at one step.
  static std::map<std::pair<std::string, std::string>, MetricValue> at(const std::vector<MetricValue> &values,
                                                                       std::int64_t step) {
    std::map<std::pair<std::string, std::string>, MetricValue> found;
    for (const MetricValue &value : values)
      if (value.step == step)
        found[{value.name, value.component}] = value;
    return found;
  }

private Q_SLOTS:
  void initTestCase() {
    m_root = fs::path(m_folder.path().toStdString()) / "run";
    fs::create_directories(m_root / "checkpoints");
    writeCheckpoint(m_root / "checkpoints" / "step_0.safetensors", 0);
    writeCheckpoint(m_root / "checkpoints" / "step_10.safetensors", 0.4);
    writeTokens(m_root / "text.npy", 24);
    std::ofstream(m_root / "run.toml") << "[run]\ncheckpoints = \"checkpoints/*.safetensors\"\n"
                                       << "[model]\npositions = \"shortformer\"\n[data.text]\nkind = \"tokens\"\npath = \"text.npy\"\n";
  }

  void aModelOfZerosHasTheValuesThatFormulasGive() {
    const Run run = openRun(m_root);
    ResultStore store(m_root);
    const MetricsOutcome outcome = computeMetrics(run, request(), store);
    QCOMPARE(outcome.failed, 0);
    QCOMPARE(outcome.computed, 2 * 7);
    auto zero = at(store.metrics(), 0);
    const auto value = [&](const char *name, const char *component) {
      return zero.at({name, component}).value;
    };
    const auto near = [](double a, double b) { return std::abs(a - b) < 1e-5; };
    const double even = std::log(double(kVocabulary)); // every token is as likely as any other
    QVERIFY(near(value("loss", "all"), even) && near(value("loss-by-position", "token 8"), even));
    QVERIFY(near(value("icl-score", "all"), 0) && near(value("position-ablation", "pos"), 0));
    QVERIFY(near(value("bigram-score", "all"), even) && value("bigram-floor", "all") < even);
    QVERIFY(near(value("3-gram-score", "all"), 1));
    // Attention is even: over 12 places, 12 being all that the context lets probes have.
    QVERIFY(near(value("previous-token", "L0.H1"), 1. / 12) &&
            near(value("current-token", "L1.H0"), 1. / 12));
    QVERIFY(near(value("attention-entropy", "L0.H0"), 1) && near(value("attention-variability", "L1.H1"), 0));
    QCOMPARE(value("weight-norm", "L0.H0"), 0.0);
    QCOMPARE(value("layernorm-gain", "ln_final"), 1.0);
    QVERIFY(std::isnan(value("k-composition", "L0.H0>L1.H0")) &&
            std::isnan(value("embedding-rank", "embed")));
    auto ten = at(store.metrics(), 10);
    QVERIFY(std::abs(ten.at({"loss", "all"}).value - even) > 0.01);
    QVERIFY(ten.at({"k-composition", "L0.H0>L1.H0"}).value > 0);
  }

  void aSecondTimeNothingIsComputedAndNumbersAreTheSame() {
    const Run run = openRun(m_root);
    ResultStore store(m_root);
    std::vector<MetricValue> first, second;
    MetricsEvents events;
    events.done = [&](const std::vector<MetricValue> &values, bool) {
      first.insert(first.end(), values.begin(), values.end());
    };
    computeMetrics(run, request({"attention", "norms"}), store, events);
    events.done = [&](const std::vector<MetricValue> &values, bool stored) {
      QVERIFY(stored);
      second.insert(second.end(), values.begin(), values.end());
    };
    const MetricsOutcome outcome = computeMetrics(run, request({"attention", "norms"}), store, events);
    QCOMPARE(outcome.computed, 0);
    QCOMPARE(outcome.reused, 4);
    QCOMPARE(first.size(), second.size());
    auto a = at(first, 10), b = at(second, 10);
    for (const auto &[key, value] : a)
      QCOMPARE(b.at(key).value, value.value);
    // Other probes are another question.
    MetricsRequest other = request({"attention"});
    other.seed = 1;
    QCOMPARE(computeMetrics(run, other, store).computed, 2);
  }

  void ablationsOfAModelOfZerosChangeNothingAndOthersDo() {
    const Run run = openRun(m_root);
    ResultStore store(m_root);
    MetricsRequest r = request({"ablation", "paths"});
    r.heads = {"L0.H1", "L1.H0"};
    QCOMPARE(computeMetrics(run, r, store).failed, 0);
    auto zero = at(store.metrics(), 0), ten = at(store.metrics(), 10);
    QVERIFY(std::abs(zero.at({"mean-ablation", "L0.H1"}).value) < 1e-6);
    QVERIFY(std::abs(ten.at({"resample-ablation", "L1.H0"}).value) > 1e-4);
    QVERIFY(std::abs(ten.at({"path-ablation", "L0.H1>L1.H0"}).value) > 0);
    QVERIFY(!ten.contains({"mean-ablation", "L0.H0"}));
    QVERIFY(!ten.contains({"path-ablation", "L1.H0>L0.H1"}));
  }

  void stoppingKeepsWhatIsFinished() {
    const Run run = openRun(m_root);
    ResultStore store(m_root);
    MetricsRequest r = request({"composition", "collapse", "norms"});
    r.seed = 77;
    MetricsEvents events;
    events.progress = [](const Progress &progress) {
      return progress.done == 2 ? Flow::Stop : Flow::Continue;
    };
    const MetricsOutcome outcome = computeMetrics(run, r, store, events);
    QVERIFY(outcome.stopped);
    QCOMPARE(outcome.computed, 2);
    const MetricsOutcome rest = computeMetrics(run, r, store);
    QCOMPARE(rest.reused, 2);
    QCOMPARE(rest.computed, 4);
  }

  void attentionOnATextHasAPatternForEveryHead() {
    const Run run = openRun(m_root);
    AttentionRequest asked{10, "text", "3 1 4 1 5", 0, 64, request().device};
    const AttentionOnText found = attentionOn(run, asked);
    QCOMPARE(found.heads, (std::vector<std::string>{"L0.H0", "L0.H1", "L1.H0", "L1.H1"}));
    QCOMPARE(found.tokens, (std::vector<std::int64_t>{3, 1, 4, 1, 5}));
    QCOMPARE(found.labels[2], std::string("4")); // no vocabulary: ids
    QCOMPARE(found.losses.size(), std::size_t(4));
    for (const Eigen::MatrixXd &pattern : found.patterns) {
      QCOMPARE(pattern.rows(), Eigen::Index(5));
      QVERIFY((pattern.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-5);
    }
    // Without a text: a sequence of the data, as much of it as asked for and there is.
    asked.text.clear();
    asked.sequence = 23;
    QCOMPARE(attentionOn(run, asked).tokens.size(), std::size_t(kContext));
    asked.length = 7;
    QCOMPARE(attentionOn(run, asked).tokens.size(), std::size_t(7));
  }

  /// Over all sequences of the slice the effects on tokens have the mean that the stored metric has.
  void ablationOfEachTextAddsUpToTheStoredOne() {
    const Run run = openRun(m_root);
    ResultStore store(m_root);
    MetricsRequest r = request({"ablation"});
    r.steps = {10};
    computeMetrics(run, r, store);
    const double stored = at(store.metrics(), 10).at({"mean-ablation", "L1.H0"}).value;
    double sum = 0;
    int tokens = 0;
    for (int sequence = 0; sequence < 24; ++sequence) {
      const AttentionOnText found = attentionOn(run, {10, "text", "", sequence, kContext, request().device, "L1.H0"});
      QCOMPARE(found.ablationEffects.size(), found.losses.size());
      for (const double effect : found.ablationEffects) {
        sum += effect;
        ++tokens;
      }
    }
    QVERIFY2(std::abs(sum / tokens - stored) < 1e-5 && std::abs(stored) > 1e-4,
             qPrintable(QStringLiteral("%1, stored %2").arg(sum / tokens).arg(stored)));
    QVERIFY_EXCEPTION_THROWN(attentionOn(run, {10, "text", "", 0, 64, request().device, "L2.H0"}), Error);
  }

  void whatCannotBeAskedIsSaidInASentence() {
    const Run run = openRun(m_root);
    ResultStore store(m_root);
    const auto sentence = [&](const std::function<void()> &work) {
      try {
        work();
      } catch (const Error &error) {
        return QString::fromUtf8(error.what());
      }
      return QString();
    };
    MetricsRequest unknown = request({"entropy"}), head = request({"ablation"});
    head.heads = {"L2.H0"};
    QVERIFY(sentence([&] { computeMetrics(run, unknown, store); }).contains("found entropy"));
    QVERIFY(sentence([&] { computeMetrics(run, head, store); }).contains("L1.H1"));
    const auto attention = [&](std::int64_t step, const std::string &text, std::int64_t sequence = 0) {
      return sentence([&] { attentionOn(run, {step, "text", text, sequence, 64, request().device}); });
    };
    QVERIFY(attention(10, "3").contains("found 1"));
    QVERIFY(attention(10, "1 1 1 1 1 1 1 1 1 1 1 1 1").contains("2 to 12"));
    QVERIFY(attention(10, "3 20").contains("0 to 19"));
    QVERIFY(attention(11, "3 1").contains("step 11"));
    QVERIFY(attention(10, "some words").contains("vocabulary.model"));
    QVERIFY(attention(10, "", 24).contains("0 to 23"));
  }
};

QTEST_GUILESS_MAIN(TestRunMetrics)
#include "tst_run_metrics.moc"

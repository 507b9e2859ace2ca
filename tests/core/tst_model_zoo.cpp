// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <fstream>

#include "core/checkpoint/safetensors_writer.h"
#include "core/data/npy_array.h"
#include "core/error.h"
#include "core/model/component_name.h"
#include "core/model/run_model.h"
#include "core/torch/decoder.h"
#include "core/torch/kl_loss.h"
#include "core/torch/run_loss.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

/// Small random models that other libraries saved, and what they made of some inputs: tests/reference/make_model_files.py.
Run stored(const std::string &name) {
  return openRun(fs::path(EVOLUTE_TEST_DATA) / "models" / name);
}

torch::Tensor numbersOf(const Run &run, const std::string &file) {
  const NpyArray array = readNpy(run.index.root / file);
  return torch::tensor(torch::ArrayRef<double>(array.values), torch::kFloat64).view(array.shape);
}

struct Opened {
  CheckpointFile file;
  Architecture architecture;
};
Opened opened(const Run &run) {
  CheckpointFile file = CheckpointFile::open(run.index.checkpoints.back().path);
  Architecture architecture = recognizeArchitecture(run.description.model, file);
  return {std::move(file), std::move(architecture)};
}

double largest(const torch::Tensor &t) {
  return t.abs().max().item<double>();
}

template <class Work> QString sentenceOf(Work work) {
  try {
    work();
  } catch (const Error &error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

/// A run with one checkpoint of `tensors`, all of zeros.
Run runOf(const QTemporaryDir &folder, const std::vector<ParameterShape> &tensors, const std::string &toml = {},
          const std::string &config = {}) {
  const fs::path root = folder.path().toStdString();
  std::vector<std::vector<float>> values;
  std::vector<ArrayToWrite> arrays;
  for (const ParameterShape &p : tensors)
    values.emplace_back(std::size_t(p.elementCount()), 0.0F);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    arrays.push_back({{tensors[i].name, DType::F32, tensors[i].shape}, std::as_bytes(std::span(values[i]))});
  writeSafetensors(root / "step_0.safetensors", arrays);
  std::ofstream(root / "run.toml") << toml;
  fs::remove(root / "config.json");
  if (!config.empty())
    std::ofstream(root / "config.json") << config;
  return openRun(root);
}

} // namespace

class TestModelZoo : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { torch::manual_seed(4); }

  void logitsEqualTheLibrarys_data() {
    QTest::addColumn<QString>("family");
    QTest::newRow("lens_attention_shortformer") << "attention-only-transformer";
    QTest::newRow("lens_attention_standard") << "attention-only-transformer";
    QTest::newRow("lens_mlp") << "transformer-lens";
    QTest::newRow("lens_lnpre") << "transformer-lens";
    QTest::newRow("lens_shortformer_without_norm") << "transformer-lens";
    QTest::newRow("lens_rotary") << "transformer-lens";
    QTest::newRow("gpt2_tied") << "gpt2";
    QTest::newRow("gpt2_state_dict") << "gpt2";
    QTest::newRow("neox_parallel") << "gpt-neox";
    QTest::newRow("neox_sequential") << "gpt-neox";
  }
  /// Both in float64 of the same float32 weights; libraries make rotary angles in float32.
  void logitsEqualTheLibrarys() {
    QFETCH(QString, family);
    const Run run = stored(QTest::currentDataTag());
    const Opened model = opened(run);
    QCOMPARE(QString::fromStdString(familyOf(model.architecture)), family);
    const auto &config = std::get<DecoderConfig>(model.architecture);
    const Weights w = readWeights(model.file, model.architecture, torch::kFloat64, torch::kCPU);
    const torch::Tensor tokens = numbersOf(run, "tokens.npy").to(torch::kInt64);
    const torch::Tensor theirs = numbersOf(run, "logits.npy"), inputs = tokens.narrow(1, 0, tokens.size(1) - 1);
    const Decoder decoder(config);
    const Unembedding readout = decoder.unembeddingOf(w);
    const torch::Tensor logits = torch::matmul(decoder.finalStream(w, inputs), readout.W) + readout.b;
    QVERIFY(largest(theirs) > 0.5); // weights at random: no figure is small by symmetry
    QVERIFY2(largest(logits - theirs) < 1e-5, qPrintable(QString::number(largest(logits - theirs))));

    const torch::Tensor targets = tokens.narrow(1, 1, tokens.size(1) - 1);
    const torch::Tensor losses = decoder.losses(w, inputs.unsqueeze(0), targets.unsqueeze(0)).squeeze(0);
    const torch::Tensor expected =
        -torch::log_softmax(theirs, 2).gather(2, targets.unsqueeze(2)).squeeze(2).mean(1);
    QVERIFY(largest(losses - expected) < 1e-5);
    const torch::Tensor next = theirs.narrow(1, 0, 10).gather(2, targets.narrow(1, 0, 10).unsqueeze(2)).squeeze(2);
    QVERIFY(largest(decoder.outputs(w, inputs) - next) < 1e-5);
  }

  void everyTensorOfAFileIsReadOnce_data() { logitsEqualTheLibrarys_data(); }
  /// Each number of the file goes to one place of one parameter: their sums agree, tensor by tensor.
  void everyTensorOfAFileIsReadOnce() {
    const Run run = stored(QTest::currentDataTag());
    const Opened model = opened(run);
    const auto parameters = parametersOf(model.architecture);
    const auto views = storedViewsOf(model.architecture);
    const Weights w = readWeights(model.file, model.architecture, torch::kFloat64, torch::kCPU);
    std::map<std::string, std::pair<double, std::int64_t>> read;
    for (std::size_t i = 0; i < views.size(); ++i) {
      QCOMPARE(w[i].sizes().vec(), parameters[i].shape);
      read[views[i].tensor].first += w[i].square().sum().item<double>();
      read[views[i].tensor].second += w[i].numel();
    }
    for (const ArrayInfo &array : model.file.arrays()) {
      const auto found = read.find(array.name);
      if (found == read.end()) {
        QVERIFY2(array.name.find("mask") != std::string::npos || array.name.find("IGNORE") != std::string::npos ||
                     array.name.find("rotary") != std::string::npos || array.name == "lm_head.weight",
                 array.name.c_str());
        continue;
      }
      double sum = 0;
      for (const double value : model.file.readFloat64(array.name))
        sum += value * value;
      QCOMPARE(found->second.second, array.elementCount());
      QVERIFY(std::abs(found->second.first - sum) < 1e-10 * sum);
    }
  }

  void gradientIsTheSlopeOfTheLoss_data() { logitsEqualTheLibrarys_data(); }
  void gradientIsTheSlopeOfTheLoss() {
    const Run run = stored(QTest::currentDataTag());
    const Opened model = opened(run);
    const Weights w = readWeights(model.file, model.architecture, torch::kFloat64, torch::kCPU);
    const auto module = makeModel(model.architecture);
    const torch::Tensor tokens = numbersOf(run, "tokens.npy").to(torch::kInt64).unsqueeze(0);
    const torch::Tensor inputs = tokens.narrow(2, 0, 11), targets = tokens.narrow(2, 1, 11);
    for (const Component &component : componentsOf(model.architecture)) {
      MovingWeights moving(w, parametersOf(model.architecture), component, 1);
      const auto loss = [&] { return module->losses(moving.parameters(), inputs, targets).mean(1); };
      const torch::Tensor direction = torch::randn_like(moving.flat());
      const double slope = (moving.gradient(loss()) * direction).sum().item<double>();
      const auto shifted = [&](double by) {
        torch::NoGradGuard noGrad;
        moving.flat().add_(direction, by);
        const double value = loss().item<double>();
        moving.flat().add_(direction, -by);
        return value;
      };
      constexpr double kStep = 1e-5; // error of the difference: kStep^2 |L'''| and 1e-16 / kStep
      const double difference = (shifted(kStep) - shifted(-kStep)) / (2 * kStep);
      QVERIFY2(std::abs(slope - difference) < 1e-6 * (1 + std::abs(slope)), component.name.c_str());
      QVERIFY2(std::abs(slope) > 1e-7, component.name.c_str());
    }
  }

  void storedSamplesGiveTheLibrarysLosses_data() {
    QTest::addColumn<bool>("classes");
    QTest::newRow("mlp_regression") << false;
    QTest::newRow("mlp_classes") << true;
    QTest::newRow("torchscript") << false;
  }
  void storedSamplesGiveTheLibrarysLosses() {
    QFETCH(bool, classes);
    const Run run = stored(QTest::currentDataTag());
    const Opened model = opened(run);
    const RunLoss loss = makeRunLoss(run, model.architecture, "train", "llc", 8, torch::kFloat64, torch::kCPU);
    QCOMPARE(loss.targets.is_floating_point(), !classes);
    const Weights w = readWeights(model.file, model.architecture, torch::kFloat64, torch::kCPU);
    const torch::Tensor expected = numbersOf(run, "losses.npy");
    const auto losses = [&] {
      return loss.model->losses(w, loss.inputs.unsqueeze(0), loss.targets.unsqueeze(0)).squeeze(0);
    };
    // the script holds float32 constants of its own
    QVERIFY(largest(losses() - expected) < 1e-6);
    const auto parameters = parametersOf(model.architecture);
    for (const Component &component : componentsOf(model.architecture)) {
      MovingWeights two(w, parameters, component, 2);
      {
        torch::NoGradGuard noGrad;
        two.flat().select(0, 1).add_(torch::randn({two.count()}, torch::kFloat64), 0.1);
      }
      const torch::Tensor of = loss.model->losses(two.parameters(), loss.inputs.unsqueeze(0), loss.targets.unsqueeze(0));
      QVERIFY(largest(of[0] - expected) < 1e-6);
      QVERIFY2(largest(of[1] - expected) > 1e-4, component.name.c_str());
      const torch::Tensor gradient = two.gradient(of.mean(1));
      QVERIFY(largest(gradient[0]) > 1e-6 && largest(gradient[0] - gradient[1]) > 1e-6);
    }
  }

  /// By the formula, term by term, and by the library's gradient.
  void klIsThatOfTheFormula() {
    constexpr std::int64_t kTokens = 300, kVocabulary = 4001; // in chunks
    const auto numbers = torch::dtype(torch::kFloat64).requires_grad(true);
    const torch::Tensor x = torch::randn({1, kTokens, 5}, numbers), W = torch::randn({2, 5, kVocabulary}, numbers),
                        b = torch::randn({kVocabulary}, numbers);
    const torch::Tensor y = torch::randn({2, kTokens, 3}, torch::kFloat64), U = torch::randn({3, kVocabulary}, torch::kFloat64),
                        a = torch::randn({kVocabulary}, torch::kFloat64);
    const torch::Tensor weight = torch::randn({2, kTokens}, torch::kFloat64);
    const torch::Tensor kl = referenceKl(x, W, b, y, U, a);
    const torch::Tensor p = torch::log_softmax(torch::matmul(y, U) + a, 2), q = torch::log_softmax(torch::matmul(x, W) + b, 2);
    const torch::Tensor plain = (p.exp() * (p - q)).sum(2);
    QVERIFY(torch::allclose(kl, plain, 1e-12, 1e-12));
    const auto ours = torch::autograd::grad({(kl * weight).sum()}, {x, W, b});
    const auto theirs = torch::autograd::grad({(plain * weight).sum()}, {x, W, b});
    for (std::size_t i = 0; i < 3; ++i)
      QVERIFY(torch::allclose(ours[i], theirs[i], 1e-10, 1e-11));
    QVERIFY(largest(referenceKl(y, U, a, y, U, a)) < 1e-12);
  }

  void lossAgainstAReferenceIsKlOfTheLogits() {
    Run run = stored("lens_mlp");
    const Run reference = stored("lens_attention_standard");
    run.description.loss = {{"kind", std::string("kl-to")}, {"reference", reference.index.root.string()}};
    const Opened model = opened(run);
    const RunLoss loss = makeRunLoss(run, model.architecture, "train", "llc", 4, torch::kFloat64, torch::kCPU);
    const Weights w = readWeights(model.file, model.architecture, torch::kFloat64, torch::kCPU);
    const torch::Tensor kl = loss.model->losses(w, loss.inputs.unsqueeze(0), loss.targets.unsqueeze(0)).squeeze(0);
    const torch::Tensor p = torch::log_softmax(numbersOf(reference, "logits.npy"), 2),
                        q = torch::log_softmax(numbersOf(run, "logits.npy"), 2);
    QVERIFY(largest(kl - (p.exp() * (p - q)).sum(2).mean(1)) < 1e-5);
    // another reference is another data set; the model against itself is 0
    run.description.loss["reference"] = run.index.checkpoints.back().path.string();
    const RunLoss self = makeRunLoss(run, model.architecture, "train", "llc", 4, torch::kFloat64, torch::kCPU);
    QVERIFY(self.dataHash != loss.dataHash);
    QVERIFY(largest(self.model->losses(w, self.inputs.unsqueeze(0), self.targets.unsqueeze(0))) < 1e-12);
    // moving weights below and beside the frozen pass
    const FrozenPass frozen = loss.model->frozenPass(w, loss.inputs.unsqueeze(0), loss.targets.unsqueeze(0));
    for (const Component &component : componentsOf(model.architecture)) {
      MovingWeights moving(w, parametersOf(model.architecture), component, 2);
      const torch::Tensor shared = loss.model->losses(moving, frozen);
      QVERIFY(largest(shared[1] - kl) < 1e-10);
      QVERIFY2(largest(moving.gradient(shared)) > 1e-6, component.name.c_str());
    }
  }

  void aMaskIsWrittenAsAnExpressionAndASlice() {
    const DecoderConfig config{13, 9, 10, 3, 4, 2};
    const auto parameters = parametersOf(config);
    const auto components = componentsOf(config);
    const auto named = [&](const std::string &name) { return componentNamed(name, components, parameters); };
    QCOMPARE(named("L1.H2").weightCount, 160);
    const Component withBias = named("L1.H2+bias");
    QCOMPARE(withBias.weightCount, 160 + 12);
    QCOMPARE(withBias.slices.size(), std::size_t(7));
    QCOMPARE(withBias.slices.back().parameter, std::string("blocks.1.attn.b_V"));
    QCOMPARE(named("/\\.W_Q$/").weightCount, 2 * 120);
    const Component cut = named("/attn\\.W_[QK]$/@0=1:3");
    QCOMPARE(cut.weightCount, 4 * 80);
    QCOMPARE(cut.slices.front().begin, 1);
    QCOMPARE(cut.slices.front().end, 3);
    QCOMPARE(cut.name, std::string("/attn\\.W_[QK]$/@0=1:3"));
    QCOMPARE(named("/W_E/@1=0:4").weightCount, 13 * 4);
    const auto refused = [&](const std::string &name) { return sentenceOf([&] { named(name); }); };
    QVERIFY(refused("L9.H9").contains("expected one of all, L0.H0"));
    QVERIFY(refused("L0.attn+bias").contains("found none"));
    QVERIFY(refused("/nothing here/").contains("found none that matches"));
    QVERIFY(refused("/W_Q/@0=2:2").contains("found the empty 2:2"));
    QVERIFY(refused("/W_Q/@0=2:4").contains("expected entries from 0 to 2, found 2:4"));
    QVERIFY(refused("/W_Q/@3=0:1").contains("expected a dimension from 0 to 2, found 3"));
    QVERIFY(refused("/W_Q/[0:1]").contains("@DIMENSION=BEGIN:END"));
    QVERIFY(refused("/W_(/").contains("cannot be read"));
    QVERIFY(refused("/W_Q").contains("expected a second /"));
  }

  void whatShapesDoNotTellIsAskedFor() {
    QTemporaryDir folder;
    const auto problem = [&](const std::vector<ParameterShape> &tensors, const std::string &toml, const std::string &config) {
      return QString::fromStdString(summarizeModel(runOf(folder, tensors, toml, config)).problem);
    };
    const auto asSaved = [](const DecoderConfig &config) {
      std::map<std::string, std::vector<std::int64_t>> shapes;
      for (const StoredView &view : storedViewsOf(config))
        shapes[view.tensor] = view.shape;
      std::vector<ParameterShape> tensors;
      for (const auto &[name, shape] : shapes)
        tensors.push_back({name, shape});
      return tensors;
    };
    DecoderConfig lens{13, 9, 8, 2, 4, 1};
    QVERIFY(problem(asSaved(lens), "", "").contains("positions = \"standard\" or \"shortformer\" in [model] of run.toml"));
    QVERIFY(problem(asSaved(lens), "[model]\npositions = \"rotary\"\n", "").contains("expected standard or shortformer"));
    QCOMPARE(problem(asSaved(lens), "[model]\npositions = \"standard\"\n", ""), QString());
    lens.mlpWidth = 6;
    QVERIFY(problem(asSaved(lens), "[model]\npositions = \"standard\"\n", "").contains("activation of the MLPs"));
    QVERIFY(problem(asSaved(lens), "[model]\npositions = \"standard\"\nactivation = \"solu\"\n", "")
                .contains("expected one of identity, relu, gelu"));
    lens.norm = NormKind::Plain;
    QVERIFY(problem(asSaved(lens), "[model]\npositions = \"standard\"\n", "").contains("normalization = \"LNPre\" or \"none\""));

    DecoderConfig gpt2{13, 9, 8, 2, 4, 1, PositionKind::Learned, NormKind::Affine, 6};
    gpt2.layout = TensorLayout::Gpt2;
    gpt2.prefix = "transformer.";
    gpt2.tied = true;
    gpt2.unembedBias = false;
    QVERIFY(problem(asSaved(gpt2), "", "").contains("the number of heads: expected n_head in a config.json"));
    QVERIFY(problem(asSaved(gpt2), "", "{\"n_head\": 3}").contains("expected a divisor of the width 8, found 3"));
    QVERIFY(problem(asSaved(gpt2), "", "{\"n_head\": \"2\"}").contains("expected a whole number"));
    QVERIFY(problem(asSaved(gpt2), "", "{\"n_head\": 2}").contains("expected activation_function in a config.json"));
    QVERIFY(problem(asSaved(gpt2), "", "[1]").contains("expected a JSON object"));
    QCOMPARE(problem(asSaved(gpt2), "[model]\nheads = 2\n", "{\"n_head\": 3, \"activation_function\": \"relu\"}"), QString());

    DecoderConfig neox{13, 9, 8, 2, 4, 1, PositionKind::Rotary, NormKind::Affine, 6};
    neox.layout = TensorLayout::GptNeoX;
    neox.prefix = "gpt_neox.";
    neox.unembedBias = false;
    const std::string known = R"("num_attention_heads": 2, "hidden_act": "gelu", "max_position_embeddings": 9)";
    QVERIFY(problem(asSaved(neox), "", "{" + known + "}").contains("the base of the rotary positions"));
    QVERIFY(problem(asSaved(neox), "", "{" + known + ", \"rotary_emb_base\": 10000}").contains("expected rotary_pct"));
    QVERIFY(problem(asSaved(neox), "", "{" + known + ", \"rotary_emb_base\": 10000, \"rotary_pct\": 0.25}")
                .contains("found 1")); // of four coordinates
    QVERIFY(problem(asSaved(neox), "", "{" + known + ", \"rotary_emb_base\": 10000, \"rotary_pct\": 0.5}")
                .contains("use_parallel_residual"));
    QVERIFY(problem(asSaved(neox), "", "{" + known + ", \"rope_parameters\": {\"rope_theta\": 1e4, "
                                       "\"partial_rotary_factor\": 0.5, \"rope_type\": \"yarn\"}}")
                .contains("expected default, the only one supported, found yarn"));
    auto broken = asSaved(neox);
    broken.back().shape.back() += 1;
    QVERIFY(problem(broken, "", "{" + known + ", \"rotary_emb_base\": 10000, \"rotary_pct\": 0.5, "
                                "\"use_parallel_residual\": true}")
                .contains("expected 8, found 9"));

    const std::vector<ParameterShape> mlp = {{"net.0.weight", {5, 4}}, {"net.0.bias", {5}}, {"net.2.weight", {3, 5}},
                                             {"net.2.bias", {3}}};
    QVERIFY(problem(mlp, "", "").contains("the activation between the layers"));
    QCOMPARE(problem(mlp, "[model]\nactivation = \"relu\"\n", ""), QString());
    QVERIFY(problem({{"0.weight", {5, 4}}, {"2.weight", {3, 6}}}, "[model]\nactivation = \"relu\"\n", "")
                .contains("expected 5 inputs"));
    QVERIFY(problem(mlp, "[model]\nfamily = \"torchscript\"\nscript = \"none.pt\"\n", "").contains("expected a file none.pt"));
  }

  void dataThatDoesNotFitIsRefused() {
    Run run = stored("gpt2_tied");
    const Opened model = opened(run);
    const auto refused = [&](std::int64_t samples) {
      return sentenceOf([&] {
        makeRunLoss(run, model.architecture, "train", "llc", samples, torch::kFloat32, torch::kCPU);
      });
    };
    QCOMPARE(refused(4), QString());
    QVERIFY(refused(5).contains("expected 5 sequences of 12 tokens"));
    run.description.data["train"]["context"] = std::int64_t(13);
    QVERIFY(refused(4).contains("at most the model's 12, found 13"));
    run.description.data["train"]["context"] = std::int64_t(12);
    run.description.loss = {{"kind", std::string("mse")}};
    QVERIFY(refused(4).contains("expected \"next-token\" or \"kl-to\" for this model and data, found \"mse\""));
    run.description.loss = {{"kind", std::string("kl-to")}};
    QVERIFY(refused(4).contains("[loss] reference"));
    run.description.loss["reference"] = stored("mlp_classes").index.root.string();
    QVERIFY(refused(4).contains("expected a language model as the reference"));
    QTemporaryDir folder;
    DecoderConfig other{51, 12, 8, 2, 4, 1, PositionKind::Learned};
    run.description.loss["reference"] = folder.path().toStdString();
    runOf(folder, parametersOf(other), "[model]\npositions = \"standard\"\n");
    QVERIFY(refused(4).contains("expected a reference model with a vocabulary of 50, found 51"));
    other.vocabulary = 50;
    other.context = 10;
    runOf(folder, parametersOf(other), "[model]\npositions = \"standard\"\n");
    QVERIFY(refused(4).contains("expected a reference model of 11 tokens or more, found 10"));
  }
};

QTEST_GUILESS_MAIN(TestModelZoo)
#include "tst_model_zoo.moc"

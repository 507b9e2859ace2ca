// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <fstream>

#include "core/data/token_file.h"
#include "core/error.h"
#include "core/torch/dataset.h"
#include "core/torch/model_module.h"
#include "core/torch/next_token_loss.h"

using namespace evolute::core;

namespace {

using Rows = std::vector<std::vector<double>>; ///< [tokens][width]

double numberAt(const torch::Tensor &t, std::initializer_list<std::int64_t> index) {
  torch::Tensor v = t;
  for (const std::int64_t i : index)
    v = v[i];
  return v.item<double>();
}

Rows plainNorm(const Rows &x, const torch::Tensor &gain, const torch::Tensor &shift) {
  Rows y = x;
  for (auto &row : y) {
    double mean = 0, variance = 0;
    for (const double v : row)
      mean += v / double(row.size());
    for (const double v : row)
      variance += (v - mean) * (v - mean) / double(row.size());
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = (row[i] - mean) / std::sqrt(variance + 1e-5) * numberAt(gain, {std::int64_t(i)}) +
               numberAt(shift, {std::int64_t(i)});
  }
  return y;
}

/// x A + b for head h: A [heads, width, c], b [heads, c].
Rows plainHead(const Rows &x, const torch::Tensor &matrix, const torch::Tensor &bias, std::int64_t h) {
  const std::int64_t c = matrix.size(2);
  Rows y(x.size(), std::vector<double>(std::size_t(c)));
  for (std::size_t t = 0; t < x.size(); ++t)
    for (std::int64_t i = 0; i < c; ++i) {
      y[t][std::size_t(i)] = numberAt(bias, {h, i});
      for (std::size_t j = 0; j < x[t].size(); ++j)
        y[t][std::size_t(i)] += x[t][j] * numberAt(matrix, {h, std::int64_t(j), i});
    }
  return y;
}

/// The network written number by number from its description: cross-entropy of each next token of one
/// sequence.
std::vector<double> plainLosses(const DecoderConfig &c, const Weights &w,
                                const std::vector<std::int64_t> &tokens) {
  const std::size_t length = tokens.size() - 1, width = std::size_t(c.width);
  const bool shortformer = c.positions == PositionKind::Shortformer;
  Rows x(length, std::vector<double>(width));
  const auto position = [&](std::size_t t, std::size_t i) {
    return numberAt(w[1], {std::int64_t(t), std::int64_t(i)});
  };
  for (std::size_t t = 0; t < length; ++t)
    for (std::size_t i = 0; i < width; ++i)
      x[t][i] = numberAt(w[0], {tokens[t], std::int64_t(i)}) + (shortformer ? 0 : position(t, i));
  for (std::int64_t l = 0; l < c.layers; ++l) {
    const torch::Tensor *p = &w[2 + 10 * std::size_t(l)];
    const Rows normal = plainNorm(x, p[0], p[1]);
    Rows forScores = normal;
    for (std::size_t t = 0; t < length && shortformer; ++t)
      for (std::size_t i = 0; i < width; ++i)
        forScores[t][i] += position(t, i);
    for (std::int64_t h = 0; h < c.heads; ++h) {
      const Rows q = plainHead(forScores, p[2], p[6], h), k = plainHead(forScores, p[3], p[7], h),
                 v = plainHead(normal, p[4], p[8], h);
      for (std::size_t t = 0; t < length; ++t) {
        std::vector<double> share(t + 1);
        double sum = 0;
        for (std::size_t u = 0; u <= t; ++u) {
          double score = 0;
          for (std::size_t i = 0; i < q[t].size(); ++i)
            score += q[t][i] * k[u][i];
          sum += share[u] = std::exp(score / std::sqrt(double(c.headWidth)));
        }
        for (std::size_t i = 0; i < q[t].size(); ++i) {
          double mixed = 0;
          for (std::size_t u = 0; u <= t; ++u)
            mixed += share[u] / sum * v[u][i];
          for (std::size_t j = 0; j < width; ++j)
            x[t][j] += mixed * numberAt(p[5], {h, std::int64_t(i), std::int64_t(j)});
        }
      }
    }
    for (auto &row : x)
      for (std::size_t j = 0; j < width; ++j)
        row[j] += numberAt(p[9], {std::int64_t(j)});
  }
  x = plainNorm(x, w[w.size() - 4], w[w.size() - 3]);
  std::vector<double> losses;
  for (std::size_t t = 0; t < length; ++t) {
    double sum = 0, wanted = 0;
    for (std::int64_t v = 0; v < c.vocabulary; ++v) {
      double logit = numberAt(w.back(), {v});
      for (std::size_t i = 0; i < width; ++i)
        logit += x[t][i] * numberAt(w[w.size() - 2], {std::int64_t(i), v});
      sum += std::exp(logit);
      if (v == tokens[t + 1])
        wanted = logit;
    }
    losses.push_back(std::log(sum) - wanted);
  }
  return losses;
}

Weights randomWeights(const DecoderConfig &config) {
  Weights weights = makeModel(config)->initialWeights(5);
  for (torch::Tensor &w : weights)
    w = w.to(torch::kFloat64) + 0.2 * torch::randn(w.sizes(), torch::kFloat64);
  return weights;
}

/// A .npy file as NumPy writes it.
std::filesystem::path npyFile(const QTemporaryDir &folder, const std::string &type, const std::string &shape,
                              const std::string &data) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.append(63 - (header.size() + 10) % 64, ' ').append(1, '\n');
  const std::filesystem::path path = folder.filePath("tokens.npy").toStdString();
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY" << '\x01' << '\0' << char(header.size() & 255) << char(header.size() >> 8) << header
       << data;
  return path;
}

template <typename Number> std::string bytesOf(const std::vector<Number> &numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(Number)};
}

std::string sentenceOf(const std::function<void()> &work) {
  try {
    work();
  } catch (const Error &error) {
    return error.what();
  }
  return {};
}

} // namespace

class TestLanguageModel : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { torch::manual_seed(2); }

  void countsTheWeightsOfThePaper() {
    std::int64_t sum = 0;
    for (const ParameterShape &p : parametersOf(DecoderConfig{}))
      sum += p.elementCount();
    QCOMPARE(sum, 3355016);
    for (const Component &c : componentsOf(DecoderConfig{})) {
      std::int64_t moving = 0;
      for (const ParameterSlice &slice : c.slices)
        for (const ParameterShape &p : parametersOf(DecoderConfig{}))
          if (p.name == slice.parameter)
            moving += slice.dim < 0
                          ? p.elementCount()
                          : p.elementCount() / p.shape[std::size_t(slice.dim)] * (slice.end - slice.begin);
      QCOMPARE(c.weightCount, moving);
      if (c.name == "L1.H7")
        QCOMPARE(c.weightCount, 32768);
    }
  }

  void equalsTheNetworkWrittenPlainly_data() {
    QTest::addColumn<bool>("shortformer");
    QTest::newRow("shortformer positions") << true;
    QTest::newRow("standard positions") << false;
  }
  void equalsTheNetworkWrittenPlainly() {
    QFETCH(bool, shortformer);
    const DecoderConfig config{11, 8, 6, 2, 3, 2, shortformer ? PositionKind::Shortformer : PositionKind::Learned};
    const Weights w = randomWeights(config);
    const torch::Tensor tokens =
        torch::randint(config.vocabulary, {3, 7}, torch::kInt64); // shorter than the context
    const auto model = makeModel(config);
    const torch::Tensor losses =
        model->losses(w, tokens.narrow(1, 0, 6).unsqueeze(0), tokens.narrow(1, 1, 6).unsqueeze(0));
    QCOMPARE(losses.sizes().vec(), (std::vector<std::int64_t>{1, 3}));
    const torch::Tensor outputs = model->outputs(w, tokens);
    QCOMPARE(outputs.sizes().vec(), (std::vector<std::int64_t>{3, 6}));
    for (std::int64_t s = 0; s < 3; ++s) {
      std::vector<std::int64_t> ids;
      for (std::int64_t t = 0; t < 7; ++t)
        ids.push_back(tokens[s][t].item<std::int64_t>());
      double mean = 0;
      for (const double loss : plainLosses(config, w, ids))
        mean += loss / 6;
      QVERIFY(std::abs(numberAt(losses, {0, s}) - mean) < 1e-10);
    }
  }

  /// outputs() are logits: changing the id that follows changes the loss by the difference of two of them.
  void outputsAreLogitsOfTheNextToken() {
    const DecoderConfig config{11, 4, 6, 2, 3, 2};
    const Weights w = randomWeights(config);
    const auto model = makeModel(config);
    torch::Tensor a = torch::tensor({1, 2, 3}, torch::kInt64).unsqueeze(0),
                  b = torch::tensor({1, 2, 7}, torch::kInt64).unsqueeze(0);
    const auto loss = [&](const torch::Tensor &t) {
      return model->losses(w, t.narrow(1, 0, 2).unsqueeze(0), t.narrow(1, 1, 2).unsqueeze(0)).item<double>();
    };
    const double logits = numberAt(model->outputs(w, a), {0, 1}) - numberAt(model->outputs(w, b), {0, 1});
    QVERIFY(std::abs((loss(b) - loss(a)) * 2 - logits) < 1e-10);
  }

  void gradientIsTheSlopeOfTheLoss() {
    const DecoderConfig config{11, 8, 6, 2, 3, 2};
    const Weights w = randomWeights(config);
    const auto model = makeModel(config);
    const torch::Tensor tokens = torch::randint(config.vocabulary, {1, 4, 8}, torch::kInt64);
    const torch::Tensor inputs = tokens.narrow(2, 0, 7), targets = tokens.narrow(2, 1, 7);
    for (const Component &component : componentsOf(config)) {
      MovingWeights moving(w, parametersOf(config), component, 1);
      const auto loss = [&] { return model->losses(moving.parameters(), inputs, targets).mean(1); };
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
      QVERIFY2(std::abs(slope - difference) < 1e-7 * (1 + std::abs(slope)), component.name.c_str());
      QVERIFY2(std::abs(slope) > 1e-6, component.name.c_str());
    }
  }

  void chunkedLossEqualsTheLibrarysCrossEntropy_data() {
    QTest::addColumn<bool>("oneBiasForAll");
    QTest::addColumn<bool>("tokensWeighAlike"); // as in a sampler's mean, whose gradient is made on the way forward
    for (const bool shared : {true, false})
      for (const bool alike : {true, false})
        QTest::addRow("%s, %s", shared ? "one bias" : "a bias each", alike ? "mean" : "any weights") << shared << alike;
  }

  /// More tokens than a chunk holds; replicas share x.
  void chunkedLossEqualsTheLibrarysCrossEntropy() {
    QFETCH(bool, oneBiasForAll);
    QFETCH(bool, tokensWeighAlike);
    constexpr std::int64_t kTokens = 300, kVocabulary = 4001, kWidth = 5; // chunks of 249 tokens
    const auto numbers = torch::dtype(torch::kFloat64).requires_grad(true);
    const torch::Tensor x = torch::randn({1, kTokens, kWidth}, numbers),
                        W = torch::randn({2, kWidth, kVocabulary}, numbers);
    const torch::Tensor b = oneBiasForAll ? torch::randn({kVocabulary}, numbers) : torch::randn({2, kVocabulary}, numbers);
    const torch::Tensor target = torch::randint(kVocabulary, {1, kTokens}, torch::kInt64);
    const torch::Tensor weight =
        torch::randn({2, tokensWeighAlike ? 1 : kTokens}, torch::kFloat64).expand({2, kTokens});
    const torch::Tensor losses = nextTokenLosses(x, W, b, target);
    const torch::Tensor logits = torch::matmul(x, W) + (oneBiasForAll ? b : b.unsqueeze(1));
    const torch::Tensor plain =
        -torch::log_softmax(logits, 2).gather(2, target.unsqueeze(2).expand({2, kTokens, 1})).squeeze(2);
    QVERIFY(torch::allclose(losses, plain, 1e-12, 1e-12));
    const auto ours = torch::autograd::grad({(losses * weight).sum()}, {x, W, b});
    const auto theirs = torch::autograd::grad({(plain * weight).sum()}, {x, W, b});
    for (std::size_t i = 0; i < 3; ++i)
      QVERIFY(torch::allclose(ours[i], theirs[i], 1e-10, 1e-11));
  }

  void tokensOfRowsAndStreamsComeOutTheSame() {
    QTemporaryDir folder;
    const auto read = [&](const std::string &type, const std::string &shape, const std::string &data) {
      const TokenFile file(npyFile(folder, type, shape, data), 3);
      std::vector<std::int64_t> ids(std::size_t(file.sequenceCount() - 1) * 3);
      file.read(1, 70000, ids);
      return ids;
    };
    const std::vector<std::int64_t> expected = {3, 4, 5, 6, 7, 8};
    using Ids = std::vector<std::int64_t>;
    QCOMPARE(read("<u2", "(11,)", bytesOf<std::uint16_t>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})), expected);
    QCOMPARE(read("<i8", "(3, 4)", bytesOf<std::int64_t>({0, 1, 2, 9, 3, 4, 5, 9, 6, 7, 8, 9})), expected);
    QCOMPARE(read("<u4", "(2, 3)", bytesOf<std::uint32_t>({0, 1, 2, 65536, 4, 5})), (Ids{65536, 4, 5}));
    QCOMPARE(read("<i4", "(2, 3)", bytesOf<std::int32_t>({0, 1, 2, 3, 4, 5})), (Ids{3, 4, 5}));
  }

  void wrongTokenFilesAreRefusedWithASentence() {
    QTemporaryDir folder;
    const std::string six = bytesOf<std::uint16_t>({0, 1, 2, 3, 4, 5});
    const auto open = [&](const std::string &type, const std::string &shape, const std::string &data,
                          std::int64_t context) {
      return sentenceOf([&] {
        const TokenFile file(npyFile(folder, type, shape, data), context);
        std::vector<std::int64_t> ids(static_cast<std::size_t>(context));
        file.read(0, 5, ids);
      });
    };
    QVERIFY(open("<f4", "(3,)", six, 2).find("expected token ids") != std::string::npos);
    QVERIFY(open(">u2", "(6,)", six, 2).find("little-endian") != std::string::npos);
    QVERIFY(open("<u2", "(6,)", six, 7).find("at least one sequence of 7 tokens, found 6") !=
            std::string::npos);
    QVERIFY(open("<u2", "(2, 3)", six, 4).find("rows of 4 tokens or more, found 3") != std::string::npos);
    QVERIFY(open("<u2", "(1, 2, 3)", six, 2).find("found 3 dimensions") != std::string::npos);
    QVERIFY(open("<u2", "(6,)", six, 6).find("sequence 0, token 5: expected an id from 0 to 4, found 5") !=
            std::string::npos);
    QVERIFY(open("<u2", "(6,)", six, 5).empty());
  }

  void dataSetsAreToldApartByTheirTokensAlone() {
    QTemporaryDir folder, other;
    const DecoderConfig config{11, 3, 6, 2, 3, 2};
    const std::string six = bytesOf<std::uint16_t>({0, 1, 2, 3, 4, 5});
    const auto data = [&](const std::filesystem::path &path, std::int64_t context) {
      return makeDataset(config,
                         {{"kind", std::string("tokens")}, {"path", path.string()}, {"context", context}},
                         "llc", 0, 1);
    };
    const Dataset a = data(npyFile(folder, "<u2", "(6,)", six), 3);
    QCOMPARE(a.inputs.sizes().vec(), (std::vector<std::int64_t>{1, 2}));
    QCOMPARE(a.targets[0][1].item<std::int64_t>(), 2);
    QCOMPARE(data(npyFile(other, "<u2", "(6,)", six), 3).hash, a.hash);
    QVERIFY(data(npyFile(other, "<u2", "(6,)", six), 2).hash != a.hash);
    QVERIFY(data(npyFile(other, "<u2", "(6,)", bytesOf<std::uint16_t>({0, 1, 7, 3, 4, 5})), 3).hash !=
            a.hash);
    QVERIFY(sentenceOf([&] {
              data(npyFile(folder, "<u2", "(6,)", six), 4);
            }).find("at most the model's 3, found 4") != std::string::npos);
    QVERIFY(sentenceOf([&] {
              makeDataset(config, {{"kind", std::string("tokens")}}, "llc", 0, 1);
            }).find("[data.*] path") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(TestLanguageModel)
#include "tst_language_model.moc"

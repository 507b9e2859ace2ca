// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/decoder_metrics.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/metrics/attention_scores.h"
#include "core/metrics/collapse.h"
#include "core/metrics/composition.h"
#include "core/metrics/gram_text.h"
#include "core/metrics/token_losses.h"
#include "core/sampling/philox.h"
#include "core/torch/decoder_under_test.h"

namespace evolute::core {

namespace {

constexpr std::int64_t kBigramPlaces = 16;     // of each sequence
constexpr std::int64_t kPatternSequences = 16; // whose patterns are kept whole, for their variability

std::string nameOf(const HeadPlace &place) {
  return "L" + std::to_string(place.layer) + ".H" + std::to_string(place.head);
}

MetricValue named(const std::string &name, const std::string &component, double value,
                  double standardError = std::numeric_limits<double>::quiet_NaN()) {
  MetricValue out;
  out.name = name;
  out.component = component;
  out.value = value;
  out.standardError = standardError;
  return out;
}

/// Mean and standard error of what is added.
class Mean {
public:
  void add(double x) {
    if (!std::isfinite(x))
      return;
    ++m_count;
    const double before = x - m_mean;
    m_mean += before / m_count;
    m_squares += before * (x - m_mean);
  }
  double value() const { return m_count > 0 ? m_mean : std::numeric_limits<double>::quiet_NaN(); }
  MetricValue as(const std::string &name, const std::string &component) const {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return named(name, component, value(),
                 m_count > 1 ? std::sqrt(m_squares / (m_count - 1) / m_count) : nan);
  }

private:
  double m_count = 0, m_mean = 0, m_squares = 0;
};

MetricValue meanOverSequences(const std::string &name, const std::string &component,
                              const Eigen::ArrayXXd &losses) {
  Mean mean;
  for (Eigen::Index i = 0; i < losses.rows(); ++i)
    mean.add(double(losses.row(i).mean()));
  return mean.as(name, component);
}

/// ngramScore() with the error of a ratio of independent means, to first order.
MetricValue gramScore(std::int64_t n, const Eigen::ArrayXXd &openings, const Eigen::ArrayXd &ofGrams) {
  Mean text, grams;
  for (const double loss : openings.col(n - 2))
    text.add(loss);
  for (const double loss : ofGrams)
    grams.add(loss);
  const MetricValue above = text.as("", ""), below = grams.as("", "");
  const double score = ngramScore(openings, n, ofGrams);
  return named(std::to_string(n) + "-gram-score", "all", score,
               score * std::hypot(above.standardError / above.value, below.standardError / below.value));
}

torch::Tensor tensorOf(const std::vector<std::vector<std::int64_t>> &rows) {
  torch::Tensor out =
      torch::empty({std::int64_t(rows.size()), std::int64_t(rows.front().size())}, torch::kInt64);
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i].begin(), rows[i].end(),
              out.data_ptr<std::int64_t>() + std::int64_t(i * rows[i].size()));
  return out;
}

/// Scores of every head on probes of unlike lengths: passes take those of one length together.
template <class Probe, class Score>
void scoreProbes(const DecoderUnderTest &model, const std::vector<Probe> &probes, Score &&score) {
  std::map<std::size_t, std::vector<std::size_t>> byLength;
  for (std::size_t i = 0; i < probes.size(); ++i)
    byLength[probes[i].tokens.size()].push_back(i);
  for (const auto &[length, members] : byLength) {
    std::vector<std::vector<std::int64_t>> rows;
    for (const std::size_t i : members)
      rows.push_back(probes[i].tokens);
    model.trace(
        tensorOf(rows), {}, {TraceKeep::Patterns},
        [&, &members = members](std::int64_t first, const DecoderTrace &trace) {
          for (int l = 0; l < int(model.config.layers); ++l) {
            const torch::Tensor patterns = trace.patterns[std::size_t(l)];
            for (std::int64_t b = 0; b < patterns.size(0); ++b)
              for (int h = 0; h < int(model.config.heads); ++h)
                score(HeadPlace{l, h}, probes[members[std::size_t(first + b)]], matrixFrom(patterns[b][h]));
          }
        });
  }
}

} // namespace

MetricValues lossMetrics(const DecoderUnderTest &model) {
  const Eigen::ArrayXXd losses = model.losses(model.ids);
  MetricValues values{meanOverSequences("loss", "all", losses)};
  const std::int64_t context = losses.cols() + 1;
  const IclPlaces places = iclPlacesFor(context);
  if (places.late > places.early && places.late <= context) {
    const MeanWithError icl = iclScore(losses, places);
    values.push_back(named("icl-score", "all", icl.value, icl.standardError));
  }
  const LossByPosition byPosition = lossByPosition(losses);
  for (std::int64_t token = 2; token <= context; token *= 2)
    values.push_back(named("loss-by-position", "token " + std::to_string(token), byPosition.mean[token - 2],
                           byPosition.standardError[token - 2]));
  return values;
}

MetricValues gramMetrics(const DecoderUnderTest &model) {
  const GramText &text = *model.grams;
  const std::int64_t n = model.ids.size(0), context = model.ids.size(1);
  const RandomStream random{streamKey(model.request.seed, "bigram-places")};
  std::vector<std::int64_t> places(std::size_t(n * kBigramPlaces), 0);
  random.integers(0, std::uint32_t(context - 1), places);
  const auto tokenAt = [&](std::int64_t sequence, std::int64_t k) {
    return model.ids[sequence][places[std::size_t(sequence * kBigramPlaces + k)]].item<std::int64_t>();
  };
  std::vector<Mean> scores;
  scores.resize(std::size_t(n));
  model.trace(model.ids, {}, {TraceKeep::LogProbabilities},
              [&](std::int64_t first, const DecoderTrace &trace) {
                for (std::int64_t b = 0; b < trace.logProbabilities.size(0); ++b)
                  for (std::int64_t k = 0; k < kBigramPlaces; ++k) {
                    const std::int64_t place = places[std::size_t((first + b) * kBigramPlaces + k)];
                    const torch::Tensor row =
                        trace.logProbabilities[b][place].to(torch::kCPU, torch::kFloat32).contiguous();
                    scores[std::size_t(first + b)].add(text.bigrams.crossEntropy(
                        tokenAt(first + b, k), {row.data_ptr<float>(), std::size_t(row.numel())}));
                  }
              });
  Mean score, floor; // over sequences, whose places are not independent
  for (std::int64_t i = 0; i < n; ++i) { // in order, so that the sums do not depend on threads
    Mean own;
    for (std::int64_t k = 0; k < kBigramPlaces; ++k)
      own.add(text.bigrams.entropy(tokenAt(i, k)));
    score.add(scores[std::size_t(i)].value());
    floor.add(own.value());
  }
  MetricValues values{score.as("bigram-score", "all"), floor.as("bigram-floor", "all")};
  const torch::Tensor openings =
      torch::tensor(text.openings, torch::kInt64).reshape({-1, text.openingLength});
  const Eigen::ArrayXXd ofText = model.losses(openings);
  for (std::int64_t length = 2; length <= text.openingLength; ++length) {
    const Eigen::ArrayXXd ofGrams = model.losses(tensorOf(text.frequent[std::size_t(length - 2)]));
    values.push_back(gramScore(length, ofText, ofGrams.col(length - 2)));
  }
  return values;
}

MetricValues attentionMetrics(const DecoderUnderTest &model) {
  struct OfHead {
    Mean previous, current, prefix, entropy, distance, hardness, first;
    std::vector<Eigen::MatrixXd> patterns;
  };
  std::map<HeadPlace, OfHead> heads;
  std::vector<PreviousTokenProbe> previous;
  std::vector<PrefixMatchingProbe> prefix;
  const std::uint64_t seed = model.request.seed;
  for (std::int64_t i = 0; i < model.request.probes; ++i) {
    previous.push_back(
        previousTokenProbe(seed, std::uint64_t(i), model.config.vocabulary, model.config.context));
    prefix.push_back(
        prefixMatchingProbe(seed, std::uint64_t(i), model.config.vocabulary, model.config.context));
  }
  scoreProbes(model, previous,
              [&](HeadPlace place, const PreviousTokenProbe &, const Eigen::MatrixXd &pattern) {
                heads[place].previous.add(previousTokenScore(pattern));
                heads[place].current.add(currentTokenScore(pattern));
              });
  scoreProbes(model, prefix,
              [&](HeadPlace place, const PrefixMatchingProbe &probe, const Eigen::MatrixXd &pattern) {
                heads[place].prefix.add(prefixMatchingScore(pattern, probe.first, probe.second));
              });
  const torch::Tensor some = model.ids.slice(0, 0, std::min(kPatternSequences, model.ids.size(0)));
  model.trace(some, {}, {TraceKeep::Patterns}, [&](std::int64_t, const DecoderTrace &trace) {
    for (int l = 0; l < int(model.config.layers); ++l)
      for (int h = 0; h < int(model.config.heads); ++h)
        for (std::int64_t b = 0; b < trace.patterns[std::size_t(l)].size(0); ++b) {
          OfHead &head = heads[{l, h}];
          head.patterns.push_back(matrixFrom(trace.patterns[std::size_t(l)][b][h]));
          const AttentionShares shares = attentionShares(head.patterns.back());
          head.entropy.add(shares.entropy);
          head.distance.add(shares.distance);
          head.hardness.add(shares.hardness);
          head.first.add(shares.first);
        }
  });
  MetricValues values;
  for (const auto &[place, head] : heads) {
    const std::string component = nameOf(place);
    for (const MetricValue &value :
         {head.previous.as("previous-token", component), head.current.as("current-token", component),
          head.prefix.as("prefix-matching", component), head.entropy.as("attention-entropy", component),
          head.distance.as("attention-distance", component),
          head.hardness.as("attention-hardness", component), head.first.as("attention-to-first", component),
          named("attention-variability", component, attentionVariability(head.patterns))})
      values.push_back(value);
  }
  return values;
}

MetricValues positionMetrics(const DecoderUnderTest &model) {
  DecoderChanges changes;
  changes.withoutPositions = true;
  return {meanOverSequences("position-ablation", "pos",
                            model.losses(model.ids, changes) - model.losses(model.ids))};
}

MetricValues compositionMetrics(const DecoderUnderTest &model) {
  const auto head = [&](HeadPlace place) {
    const auto matrix = [&](const char *which) {
      return matrixFrom(
          model.weight("blocks." + std::to_string(place.layer) + ".attn.W_" + which)[place.head]);
    };
    return HeadMatrices{matrix("Q"), matrix("K"), matrix("V"), matrix("O")};
  };
  std::map<HeadPlace, HeadMatrices> heads;
  for (int l = 0; l < int(model.config.layers); ++l)
    for (int h = 0; h < int(model.config.heads); ++h)
      heads[{l, h}] = head({l, h});
  MetricValues values;
  for (const auto &[earlier, from] : heads)
    for (const auto &[later, to] : heads) {
      if (earlier.layer >= later.layer)
        continue;
      const Composition found = compositionOf(from, to);
      const std::string pair = nameOf(earlier) + ">" + nameOf(later);
      values.push_back(named("q-composition", pair, found.queries));
      values.push_back(named("k-composition", pair, found.keys));
      values.push_back(named("v-composition", pair, found.values));
    }
  return values;
}

MetricValues collapseMetrics(const DecoderUnderTest &model) {
  MetricValues values;
  const Eigen::MatrixXd tokens = matrixFrom(model.weight("embed.W_E"));
  values.push_back(named("embedding-rank", "embed", effectiveRank(tokens)));
  if (const torch::Tensor positions = model.weight("pos_embed.W_pos"); positions.defined()) {
    const Eigen::MatrixXd space = matrixFrom(positions);
    values.push_back(named("embedding-rank", "pos", effectiveRank(space)));
    values.push_back(named("embedding-in-positions", "embed", sharesInside(tokens, space).mean()));
  }
  const auto norm = [&](const std::string &parameter, const std::string &component) {
    const torch::Tensor gain = model.weight(parameter);
    if (!gain.defined())
      return;
    const GainCollapse found = gainCollapse(matrixFrom(gain.unsqueeze(1)).col(0));
    values.push_back(named("layernorm-gain", component, found.mean, found.sd));
    values.push_back(named("layernorm-collapse", component, found.collapsedShare));
  };
  for (std::int64_t l = 0; l < model.config.layers; ++l)
    for (const char *name : {"ln1", "ln2"})
      norm("blocks." + std::to_string(l) + "." + name + ".w", "L" + std::to_string(l) + "." + name);
  norm("ln_final.w", "ln_final");
  return values;
}

namespace {

/// Mixtures of every layer, [n, H, T, c].
std::vector<torch::Tensor> mixturesOf(const DecoderUnderTest &model) {
  std::vector<torch::Tensor> all(std::size_t(model.config.layers));
  model.trace(model.ids, {}, {TraceKeep::Mixtures}, [&](std::int64_t first, const DecoderTrace &trace) {
    for (std::size_t l = 0; l < all.size(); ++l) {
      const torch::Tensor &part = trace.mixtures[l];
      if (!all[l].defined())
        all[l] = torch::empty({model.ids.size(0), part.size(1), part.size(2), part.size(3)}, part.options());
      all[l].narrow(0, first, part.size(0)).copy_(part);
    }
  });
  return all;
}

torch::Tensor meanMixture(const std::vector<torch::Tensor> &mixtures, HeadPlace place) { // [1, T, c]
  return mixtures[std::size_t(place.layer)].select(1, place.head).mean(0, true);
}

} // namespace

MetricValues ablationMetrics(const DecoderUnderTest &model) {
  const std::vector<torch::Tensor> mixtures = mixturesOf(model);
  const Eigen::ArrayXXd intact = model.losses(model.ids);
  MetricValues values;
  for (const HeadPlace place : model.heads) {
    // Another sequence's mixture: that of the one before.
    const torch::Tensor other = mixtures[std::size_t(place.layer)].select(1, place.head).roll(1, 0);
    DecoderChanges mean, resample;
    mean.heads = {{place, meanMixture(mixtures, place)}};
    resample.heads = {{place, other}};
    values.push_back(
        meanOverSequences("mean-ablation", nameOf(place), model.losses(model.ids, mean) - intact));
    values.push_back(
        meanOverSequences("resample-ablation", nameOf(place), model.losses(model.ids, resample) - intact));
  }
  return values;
}

MetricValues pathMetrics(const DecoderUnderTest &model) {
  const std::vector<torch::Tensor> mixtures = mixturesOf(model);
  const Eigen::ArrayXXd intact = model.losses(model.ids);
  MetricValues values;
  for (const HeadPlace from : model.heads)
    for (const HeadPlace to : model.heads) {
      if (from.layer >= to.layer)
        continue;
      DecoderChanges changes;
      changes.paths = {{from, to, meanMixture(mixtures, from)}};
      values.push_back(meanOverSequences("path-ablation", nameOf(from) + ">" + nameOf(to),
                                         model.losses(model.ids, changes) - intact));
    }
  return values;
}

} // namespace evolute::core

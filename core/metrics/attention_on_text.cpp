// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/attention_on_text.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "core/data/piece_vocabulary.h"
#include "core/data/token_file.h"
#include "core/error.h"
#include "core/metrics/head_place.h"
#include "core/torch/dataset.h"
#include "core/torch/decoder_under_test.h"
#include "core/torch/runtime.h"

namespace evolute::core {

namespace {

/// What the slice's [data.NAME] says, else beside its tokens.
std::filesystem::path vocabularyOf(const Run &run, const std::string &slice) {
  const DescriptionTable table = dataTableOf(run, slice);
  const std::string told = textOr(table, "tokenizer", "");
  return told.empty() ? std::filesystem::path(textOr(table, "path", "")).parent_path() / "vocabulary.model"
                      : std::filesystem::path(told);
}

std::vector<std::int64_t> tokensOf(const Run &run, const AttentionRequest &request,
                                   const DecoderConfig &config) {
  std::vector<std::int64_t> tokens;
  if (request.text.empty()) {
    const TokenFile file(dataTableOf(run, request.slice), config.context, config.vocabulary);
    if (request.sequence < 0 || request.sequence >= file.sequenceCount())
      throw Error("text: expected a sequence of " + request.slice + ", 0 to " +
                  std::to_string(file.sequenceCount() - 1) + ", found " + std::to_string(request.sequence));
    tokens.resize(std::size_t(config.context));
    file.read(request.sequence, config.vocabulary, tokens);
    tokens.resize(std::min(tokens.size(), std::size_t(std::max<std::int64_t>(request.length, 2))));
    return tokens;
  }
  if (request.text.find_first_not_of("0123456789 ,\t") == std::string::npos) {
    std::string ids = request.text;
    std::replace(ids.begin(), ids.end(), ',', ' ');
    std::istringstream words(ids);
    for (std::string word; words >> word;) {
      std::int64_t id = -1;
      std::from_chars(word.data(), word.data() + word.size(), id);
      tokens.push_back(id);
    }
    return tokens;
  }
  const std::filesystem::path vocabulary = vocabularyOf(run, request.slice);
  if (!std::filesystem::exists(vocabulary))
    throw Error("text: expected token ids, as " + vocabulary.string() +
                " is not there to cut words into tokens, found \"" + request.text + "\"");
  for (const std::int32_t id : PieceVocabulary::open(vocabulary).encode(request.text))
    tokens.push_back(id);
  return tokens;
}

/// What a head gives at each of the first `length` positions, in the mean over sequences of the slice: [1, length, c].
torch::Tensor meanMixtureOf(const Run &run, const AttentionRequest &request, const DecoderConfig &config,
                            const Weights &weights, HeadPlace head, std::int64_t length, const torch::Device &device) {
  constexpr std::int64_t kSequences = 64, kAtOnce = 8;
  const TokenFile file(dataTableOf(run, request.slice), config.context, config.vocabulary);
  const std::int64_t count = std::min(kSequences, file.sequenceCount());
  torch::Tensor sum;
  for (std::int64_t first = 0; first < count; first += kAtOnce) {
    torch::Tensor ids = torch::empty({std::min(kAtOnce, count - first), config.context}, torch::kInt64);
    file.read(first, config.vocabulary, {ids.data_ptr<std::int64_t>(), std::size_t(ids.numel())});
    const DecoderTrace trace =
        traceDecoder(config, weights, ids.narrow(1, 0, length).to(device), {}, {TraceKeep::Mixtures});
    const torch::Tensor part = trace.mixtures[std::size_t(head.layer)].select(1, head.head).sum(0, true);
    sum = sum.defined() ? sum + part : part;
  }
  return sum / double(count);
}

std::vector<double> numbersOf(const torch::Tensor &row) { // [1, n]
  const Eigen::MatrixXd numbers = matrixFrom(row);
  return {numbers.data(), numbers.data() + numbers.size()};
}

HeadPlace headIn(const DecoderConfig &config, const std::string &name) {
  const auto place = headPlaceOf(name);
  if (!place || place->layer >= config.layers || place->head >= config.heads)
    throw Error("ablation: expected a head L0.H0 to L" + std::to_string(config.layers - 1) + ".H" +
                std::to_string(config.heads - 1) + ", found " + name);
  return *place;
}

} // namespace

AttentionOnText attentionOn(const Run &run, const AttentionRequest &request) {
  const auto entry = std::find_if(run.index.checkpoints.begin(), run.index.checkpoints.end(),
                                  [&](const CheckpointEntry &c) { return c.step == request.step; });
  if (entry == run.index.checkpoints.end())
    throw Error(run.index.root.string() + ": expected a checkpoint at step " + std::to_string(request.step) +
                ", found none");
  const CheckpointFile file = CheckpointFile::open(*entry);
  const Architecture architecture = recognizeArchitecture(run.description.model, file);
  const auto *config = std::get_if<DecoderConfig>(&architecture);
  if (!config)
    throw Error("attention on a text: expected a language model, found a " + describe(architecture));
  AttentionOnText result;
  result.tokens = tokensOf(run, request, *config);
  if (result.tokens.size() < 2 || std::int64_t(result.tokens.size()) > config->context)
    throw Error("text: expected 2 to " + std::to_string(config->context) +
                " tokens (the model's context), found " + std::to_string(result.tokens.size()));
  for (const std::int64_t token : result.tokens)
    if (token < 0 || token >= config->vocabulary)
      throw Error("text: expected token ids 0 to " + std::to_string(config->vocabulary - 1) + ", found " +
                  std::to_string(token));
  std::error_code ignored;
  const std::filesystem::path vocabulary = vocabularyOf(run, request.slice);
  if (std::filesystem::exists(vocabulary, ignored)) {
    const PieceVocabulary pieces = PieceVocabulary::open(vocabulary);
    for (const std::int64_t token : result.tokens)
      result.labels.push_back(token < pieces.size() ? pieces.tokenText(token) : std::to_string(token));
  } else {
    for (const std::int64_t token : result.tokens)
      result.labels.push_back(std::to_string(token));
  }
  const torch::Device device = resolveDevice(request.device);
  const Weights weights = readWeights(file, architecture, torch::kFloat32, device);
  const torch::Tensor ids = torch::tensor(result.tokens, torch::kInt64).unsqueeze(0).to(device);
  const DecoderTrace trace = translatingTorchErrors(
      "attention on a text", [&] { return traceDecoder(*config, weights, ids, {}, {TraceKeep::Patterns}); });
  for (std::int64_t l = 0; l < config->layers; ++l)
    for (std::int64_t h = 0; h < config->heads; ++h) {
      result.heads.push_back("L" + std::to_string(l) + ".H" + std::to_string(h));
      result.patterns.push_back(matrixFrom(trace.patterns[std::size_t(l)][0][h]));
    }
  result.losses = numbersOf(trace.losses);
  if (request.ablated.empty())
    return result;
  const HeadPlace head = headIn(*config, request.ablated);
  translatingTorchErrors("ablation on a text", [&] {
    DecoderChanges changes;
    changes.heads = {{head, meanMixtureOf(run, request, *config, weights, head, ids.size(1), device)}};
    result.ablationEffects =
        numbersOf(traceDecoder(*config, weights, ids, changes).losses.to(torch::kFloat64) - trace.losses.to(torch::kFloat64));
  });
  return result;
}

} // namespace evolute::core

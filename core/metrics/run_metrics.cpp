// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/run_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "core/error.h"
#include "core/hash.h"
#include "core/llc/curvature.h"
#include "core/metrics/decoder_metrics.h"
#include "core/metrics/gram_text.h"
#include "core/model/recognized_run.h"
#include "core/resource_error.h"
#include "core/torch/dataset.h"
#include "core/torch/decoder_under_test.h"
#include "core/torch/runtime.h"

namespace evolute::core {

namespace {

struct Family {
  MetricFamily family;
  bool readsData;
  bool byDefault;
  MetricValues (*compute)(const DecoderUnderTest &); ///< of language models; null: of any model
};

const std::vector<Family> &families() {
  static const std::vector<Family> all{
      {{"loss", "mean loss, loss by position, in-context learning score"}, true, true, lossMetrics},
      {{"ngrams", "bigram score and its floor, n-gram scores"}, true, true, gramMetrics},
      {{"attention",
        "previous-token, current-token and prefix-matching score, entropy, distance, variability of heads"},
       true,
       true,
       attentionMetrics},
      {{"positions", "rise of the loss without position embedding"}, true, true, positionMetrics},
      {{"composition", "Q-, K- and V-composition of pairs of heads"}, false, true, compositionMetrics},
      {{"collapse", "effective rank of embeddings, LayerNorm gains near 0"}, false, true, collapseMetrics},
      {{"norms", "Euclidean norm of the weights of every component"}, false, true, nullptr},
      {{"curvature", "largest eigenvalue and trace of the loss's Hessian"}, true, false, nullptr},
      {{"ablation", "rise of the loss with a head's output at its mean, or another text's"},
       true,
       false,
       ablationMetrics},
      {{"paths", "rise of the loss with the path from head to head at its mean"}, true, false, pathMetrics}};
  return all;
}

const Family &familyNamed(const std::string &name) {
  std::string names;
  for (const Family &family : families()) {
    if (family.family.name == name)
      return family;
    names += (names.empty() ? "" : ", ") + family.family.name;
  }
  throw Error("metrics: expected some of " + names + ", found " + name);
}

MetricValues normMetrics(const Architecture &architecture, const Weights &weights) {
  const std::vector<ParameterShape> parameters = parametersOf(architecture);
  MetricValues values;
  for (const Component &component : componentsOf(architecture)) {
    double squares = 0;
    for (const ParameterSlice &slice : component.slices) {
      const auto at = std::find_if(parameters.begin(), parameters.end(),
                                   [&](const ParameterShape &p) { return p.name == slice.parameter; });
      torch::Tensor part = weights[std::size_t(at - parameters.begin())];
      if (slice.dim >= 0)
        part = part.slice(slice.dim, slice.begin, slice.end);
      squares += part.to(torch::kFloat64).square().sum().item<double>();
    }
    MetricValue value;
    value.name = "weight-norm";
    value.component = component.name;
    value.value = std::sqrt(squares);
    values.push_back(value);
  }
  return values;
}

const CheckpointEntry &entryAt(const Run &run, std::int64_t step) {
  for (const CheckpointEntry &entry : run.index.checkpoints)
    if (entry.step == step)
      return entry;
  throw Error(run.index.root.string() + ": expected a checkpoint at step " + std::to_string(step) +
              ", found none");
}

const DecoderConfig &decoderIn(const Architecture &architecture, const std::string &what) {
  if (const auto *config = std::get_if<DecoderConfig>(&architecture))
    return *config;
  throw Error(what + ": expected a language model, found a " + describe(architecture));
}

class MetricsRun {
public:
  MetricsRun(const Run &run, const MetricsRequest &request, ResultStore &store, const MetricsEvents &events)
      : m_run(run), m_request(request), m_store(store), m_events(events),
        m_device(resolveDevice(request.device)) {
    m_architecture = recognizeRun(run).architecture;
    const bool language = std::holds_alternative<DecoderConfig>(m_architecture);
    for (const std::string &name : request.families) {
      m_families.push_back(&familyNamed(name));
      if (m_families.back()->compute) // the others know every model
        decoderIn(m_architecture, "metrics " + name);
    }
    if (request.families.empty())
      for (const Family &family : families())
        if (family.byDefault && (language || !family.compute))
          m_families.push_back(&family);
    if (std::any_of(m_families.begin(), m_families.end(), [](const Family *f) { return f->readsData; }))
      readData();
    findHeads();
  }

  MetricsOutcome run() {
    MetricsOutcome outcome;
    std::vector<std::int64_t> steps = m_request.steps;
    if (steps.empty())
      for (const CheckpointEntry &entry : m_run.index.checkpoints)
        steps.push_back(entry.step);
    Progress progress{0, std::int64_t(steps.size() * m_families.size()), {}};
    for (const std::int64_t step : steps) {
      progress.what = "step " + std::to_string(step);
      std::optional<CheckpointFile> file;
      std::string hash;
      try {
        const CheckpointEntry &entry = entryAt(m_run, step);
        file = CheckpointFile::open(entry);
        hash = hashOf(entry, *file);
        m_weights.clear();
      } catch (const ResourceError &) {
        throw;
      } catch (const Error &error) {
        outcome.failed += std::int64_t(m_families.size());
        if (m_events.failed)
          m_events.failed(step, error.what());
        progress.done += std::int64_t(m_families.size());
        continue;
      }
      for (const Family *family : m_families) {
        try {
          const bool stored = familyAt(*family, *file, step, hash);
          ++(stored ? outcome.reused : outcome.computed);
        } catch (const ResourceError &) {
          throw;
        } catch (const Error &error) {
          ++outcome.failed;
          if (m_events.failed)
            m_events.failed(step, error.what());
        }
        ++progress.done;
        if (m_events.progress && m_events.progress(progress) == Flow::Stop) {
          outcome.stopped = progress.done < progress.total;
          return outcome;
        }
      }
    }
    return outcome;
  }

private:
  void readData() {
    const Dataset data =
        makeDataset(m_architecture, dataTableOf(m_run, m_request.slice), "llc", 0, m_request.samples);
    if (std::holds_alternative<DecoderConfig>(m_architecture))
      // Inputs lack the last token and targets the first.
      m_ids = torch::cat({data.inputs, data.targets.slice(1, data.targets.size(1) - 1)}, 1)
                  .to(torch::kInt64)
                  .contiguous();
    m_dataHash = data.hash;
  }

  /// What estimateCurvature() reads: any model's.
  MetricValues curvatureMetrics(std::int64_t step) const {
    CurvatureSettings settings;
    settings.sampleCount = m_request.samples;
    settings.seed = m_request.seed;
    const Curvature found =
        estimateCurvature(m_run, entryAt(m_run, step), "all", m_request.slice, settings, m_request.device);
    MetricValue largest, trace;
    largest.name = "hessian-largest";
    largest.value = found.largest;
    largest.standardError =
        std::abs(found.residual * found.largest); // a bound of the solver, not of sampling
    trace.name = "hessian-trace";
    trace.value = found.trace;
    trace.standardError = found.traceError;
    return {largest, trace};
  }

  void findHeads() {
    const auto *config = std::get_if<DecoderConfig>(&m_architecture);
    if (!config)
      return;
    for (const std::string &name : m_request.heads) {
      const auto place = headPlaceOf(name);
      if (!place || place->layer >= config->layers || place->head >= config->heads)
        throw Error("metrics of heads: expected L0.H0 to L" + std::to_string(config->layers - 1) + ".H" +
                    std::to_string(config->heads - 1) + ", found " + name);
      m_heads.push_back(*place);
    }
    if (m_request.heads.empty())
      for (int l = 0; l < int(config->layers); ++l)
        for (int h = 0; h < int(config->heads); ++h)
          m_heads.push_back({l, h});
  }

  std::string hashOf(const CheckpointEntry &entry, const CheckpointFile &file) {
    if (const auto known = m_store.rememberedHash(entry))
      return *known;
    const std::string hash = file.contentHash();
    m_store.rememberHash(entry, hash);
    return hash;
  }

  /// Of what decides a family's numbers besides checkpoint and data.
  std::string settingsHashOf(const Family &family) const {
    Hasher hasher;
    hasher.add("metrics 1").add(family.family.name).add(std::to_string(m_request.seed));
    if (family.family.name == "ngrams")
      hasher.add("2"); // counts over the slice, not over the sequences that the model is run on
    if (family.family.name == "attention")
      hasher.add(std::to_string(m_request.probes));
    if (family.family.name == "ablation" || family.family.name == "paths")
      for (const HeadPlace &head : m_heads)
        hasher.add(std::to_string(head.layer) + "." + std::to_string(head.head));
    return hasher.hex();
  }

  /// Whether the values were there already.
  bool familyAt(const Family &family, const CheckpointFile &file, std::int64_t step,
                const std::string &hash) {
    const std::string settings = settingsHashOf(family), data = family.readsData ? m_dataHash : std::string();
    MetricValues values = m_store.findMetrics(hash, data, settings);
    const bool stored = !values.empty();
    if (!stored) {
      if (m_weights.empty())
        m_weights = readWeights(file, m_architecture, torch::kFloat32, m_device);
      values = translatingTorchErrors("metrics " + family.family.name + " at step " + std::to_string(step),
                                      [&] { return computed(family, step); });
    }
    if (stored && values.front().step != step) // the same weights stand at another step too
      m_store.putStep(hash, step);
    for (MetricValue &value : values) {
      value.step = step;
      value.checkpointHash = hash;
      value.dataHash = data;
      value.slice = family.readsData ? m_request.slice : std::string();
      value.settingsHash = settings;
    }
    if (!stored)
      m_store.putMetrics(values);
    if (m_events.done)
      m_events.done(values, stored);
    return stored;
  }

  MetricValues computed(const Family &family, std::int64_t step) {
    if (family.family.name == "curvature")
      return curvatureMetrics(step);
    torch::NoGradGuard noGrad;
    if (!family.compute)
      return normMetrics(m_architecture, m_weights);
    const auto &config = std::get<DecoderConfig>(m_architecture);
    if (family.family.name == "ngrams" && !m_grams)
      m_grams = readGramText({dataTableOf(m_run, m_request.slice), m_ids.size(1), config.vocabulary}, m_ids.size(1),
                             config.vocabulary);
    return family.compute({config, m_weights, m_ids, m_request, m_heads, m_device,
                           m_device.is_cpu() ? threadCount(m_request.device) : 1, m_grams ? &*m_grams : nullptr});
  }

  const Run &m_run;
  const MetricsRequest &m_request;
  ResultStore &m_store;
  const MetricsEvents &m_events;
  torch::Device m_device;
  Architecture m_architecture;
  std::vector<const Family *> m_families;
  std::vector<HeadPlace> m_heads;
  torch::Tensor m_ids;
  std::string m_dataHash;
  std::optional<GramText> m_grams; ///< once something has to be computed with it
  Weights m_weights; ///< of the checkpoint in work, once something has to be computed
};

} // namespace

const std::vector<MetricFamily> &metricFamilies() {
  static const std::vector<MetricFamily> list = [] {
    std::vector<MetricFamily> all;
    for (const Family &family : families())
      all.push_back(family.family);
    return all;
  }();
  return list;
}

MetricsOutcome computeMetrics(const Run &run, const MetricsRequest &request, ResultStore &store,
                              const MetricsEvents &events) {
  return MetricsRun(run, request, store, events).run();
}

} // namespace evolute::core

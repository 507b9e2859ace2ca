// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/family/family_analysis.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "core/checkpoint/skipped_reason.h"
#include "core/data/regression_oracles.h"
#include "core/error.h"
#include "core/freed_memory.h"
#include "core/family/critical_time.h"
#include "core/llc/curve_schedule.h"
#include "core/model/recognized_run.h"
#include "core/model/regression_task.h"
#include "core/resource_error.h"
#include "core/torch/dataset.h"
#include "core/torch/model_module.h"
#include "core/torch/runtime.h"
#include "core/trajectory/essential_dynamics.h"
#include "core/trajectory/feature_storage.h"
#include "core/trajectory/random_projection.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

double meanSquare(const MatrixXd &difference) {
  return difference.squaredNorm() / double(difference.size());
}

std::vector<float> flattened(const MatrixXd &predictions) {
  const Rows rows = predictions.cast<float>();
  return {rows.data(), rows.data() + rows.size()};
}

/// Sequences as the network takes them, and what is known of them without a network.
struct Sequences {
  torch::Tensor inputs;
  MatrixXd targets, ridge;
  MatrixXd tasks; ///< predictions of dMMSE_M; empty where tasks are fresh
};

/// `set` says whose posterior mean is dMMSE; the sequences are of `world`.
Sequences sequencesOf(const Architecture &architecture, const DescriptionTable &world, const IclRegressionTask &set,
                      const std::string &purpose, std::int64_t count) {
  Sequences s;
  s.inputs = makeDataset(architecture, world, purpose, 0, count).inputs;
  const std::span<const float> tokens(s.inputs.data_ptr<float>(), std::size_t(s.inputs.numel()));
  s.targets = targetsOf(set, tokens);
  s.ridge = predictByRidge(set, tokens).mean;
  if (set.taskCount > 0)
    s.tasks = predictByTaskSet(set, fixedTaskMatrix(set), tokens).mean;
  return s;
}

/// One step of one run, on its own and on fresh tasks.
struct Seen {
  double loss, oodLoss, toRidge, toTasks, oodToRidge, oodToTasks;
  Eigen::VectorXf oodBySequence;
};

struct Outputs {
  std::vector<float> features;
  std::optional<Seen> seen;
};

} // namespace

struct FamilyAnalysis::Impl {
  /// What turns a checkpoint of one run into a row.
  class Member {
  public:
    virtual ~Member() = default;
    virtual Outputs look(const CheckpointEntry &checkpoint) = 0;
  };
  class RegressionMember;
  class OtherMember;

  Family family;
  FamilySettings settings;
  std::vector<std::unique_ptr<Member>> members;
  std::vector<OracleLosses> oracleLosses; // by member; empty for other models
  std::vector<std::map<std::int64_t, Seen>> seen;
  std::vector<std::map<std::int64_t, bool>> done; // by step; false: could not be read
  std::vector<FamilyOracle> oracles;
  std::vector<std::vector<float>> oraclePoints; // as long as a row
  std::string probeHash;
  std::int64_t features = 0;
  FeatureStorage storage;
  std::optional<RandomProjection> projection;
  std::optional<JointPca> pca;

  Impl(Family f, const FamilySettings &s) : family(std::move(f)), settings(s) {}

  std::int64_t checkpointCount() const {
    std::int64_t count = 0;
    for (const FamilyMember &member : family.members)
      count += std::int64_t(member.run.index.checkpoints.size());
    return count;
  }
  void plan(std::int64_t featureCount) {
    features = featureCount;
    storage = planFeatureStorage(checkpointCount(), features, settings.memory);
    if (storage.dimensions > 0)
      projection.emplace(features, storage.dimensions, settings.seed);
    pca.emplace(int(family.members.size()), storage.rows);
  }
  std::vector<float> kept(std::vector<float> row) const { return projection ? projection->project(row) : row; }

  void makeRegression(const std::vector<Architecture> &architectures, const DeviceOptions &device);
  void makeOther(const DeviceOptions &device);
};

class FamilyAnalysis::Impl::RegressionMember : public Member {
public:
  RegressionMember(const IclTransformerConfig &config, const DeviceOptions &device, const torch::Tensor &probe,
                   Sequences own, Sequences fresh)
      : m_config(config), m_deviceOptions(device), m_device(resolveDevice(device)),
        m_model(makeModel(config)), m_own(std::move(own)), m_fresh(std::move(fresh)) {
    std::vector<torch::Tensor> inputs = {probe, m_fresh.inputs};
    if (m_own.inputs.defined()) // else own tasks are the fresh ones
      inputs.push_back(m_own.inputs);
    m_probeCount = probe.size(0);
    m_inputs = torch::cat(inputs).to(m_device);
  }

  Outputs look(const CheckpointEntry &checkpoint) override {
    const CheckpointFile file = CheckpointFile::open(checkpoint);
    const MatrixXd predictions = translatingTorchErrors(
        checkpoint.path.string(), [&] { return predict(readWeights(file, m_config, torch::kFloat32, m_device)); });
    Outputs outputs;
    outputs.features = flattened(predictions.topRows(m_probeCount));
    const MatrixXd fresh = predictions.middleRows(m_probeCount, m_fresh.targets.rows());
    const bool hasOwn = m_own.inputs.defined();
    const MatrixXd own = hasOwn ? MatrixXd(predictions.bottomRows(m_own.targets.rows())) : fresh;
    const Sequences &ownSequences = hasOwn ? m_own : m_fresh;
    const double none = std::numeric_limits<double>::quiet_NaN();
    const MatrixXd errors = (fresh - m_fresh.targets).cwiseAbs2();
    outputs.seen = Seen{meanSquare(own - ownSequences.targets),
                        errors.mean(),
                        meanSquare(own - ownSequences.ridge),
                        hasOwn ? meanSquare(own - m_own.tasks) : none,
                        meanSquare(fresh - m_fresh.ridge),
                        hasOwn ? meanSquare(fresh - m_fresh.tasks) : none,
                        errors.rowwise().mean().cast<float>()};
    return outputs;
  }

private:
  /// Coordinate 0 of the outputs at the tokens of x: sequences x K.
  MatrixXd predict(const Weights &weights) const {
    constexpr std::int64_t kChunk = 64; // its activations stay in the cache
    const std::int64_t n = m_inputs.size(0), chunks = (n + kChunk - 1) / kChunk;
    std::vector<torch::Tensor> parts(static_cast<std::size_t>(chunks));
    parallelTensorWork(chunks, threadCount(m_deviceOptions), [&](std::int64_t c) {
      torch::NoGradGuard noGrad;
      parts[std::size_t(c)] =
          m_model->outputs(weights, m_inputs.slice(0, c * kChunk, std::min(n, (c + 1) * kChunk)))
              .view({-1, m_config.contextPairs, 2, m_config.taskDimension + 1})
              .select(2, 0)
              .select(2, 0);
    });
    const torch::Tensor all = torch::cat(parts).to(torch::kCPU).contiguous();
    return Eigen::Map<const Rows>(all.data_ptr<float>(), n, m_config.contextPairs).cast<double>();
  }

  IclTransformerConfig m_config;
  DeviceOptions m_deviceOptions;
  torch::Device m_device;
  std::unique_ptr<ModelModule> m_model;
  Sequences m_own, m_fresh;
  std::int64_t m_probeCount = 0;
  torch::Tensor m_inputs; ///< probe, fresh, own
};

class FamilyAnalysis::Impl::OtherMember : public Member {
public:
  OtherMember(const Run &run, const ProbeSettings &probe, const DeviceOptions &device)
      : m_extractor(run, probe, device) {}
  Outputs look(const CheckpointEntry &checkpoint) override { return {m_extractor.features(checkpoint), std::nullopt}; }
  const std::string &probeHash() const { return m_extractor.probeHash(); }

private:
  FeatureExtractor m_extractor;
};

void FamilyAnalysis::Impl::makeRegression(const std::vector<Architecture> &architectures, const DeviceOptions &device) {
  const auto configOf = [&](std::size_t i) { return std::get<IclTransformerConfig>(architectures[i]); };
  const auto tableOf = [&](std::size_t i) {
    DescriptionTable table = dataTableOf(family.members[i].run, "train");
    table["seed"] = std::int64_t(settings.seed); // the same sequences for every run, whatever its own seed
    return table;
  };
  std::size_t first = 0; // whose root task the probe is of: the first with fixed ones
  while (first + 1 < family.members.size() && regressionTaskOf(configOf(first), tableOf(first)).taskCount == 0)
    ++first;
  DescriptionTable root = tableOf(first);
  root["tasks"] = std::int64_t(1);
  const Dataset probe = makeDataset(architectures[first], root, "family-probe", 0, settings.probe);
  probeHash = probe.hash;
  const std::span<const float> probeTokens(probe.inputs.data_ptr<float>(), std::size_t(probe.inputs.numel()));
  oracles.push_back({"ridge", std::nullopt});
  oraclePoints.push_back(flattened(predictByRidge(regressionTaskOf(configOf(first), root), probeTokens).mean));
  plan(std::int64_t(oraclePoints.front().size()));

  for (std::size_t i = 0; i < family.members.size(); ++i) {
    const IclTransformerConfig config = configOf(i);
    if (config.taskDimension != configOf(first).taskDimension || config.contextPairs != configOf(first).contextPairs)
      throw Error(family.members[i].run.index.root.string() + ": expected D = " +
                  std::to_string(configOf(first).taskDimension) + " and K = " +
                  std::to_string(configOf(first).contextPairs) + " as in the family's other runs, found D = " +
                  std::to_string(config.taskDimension) + " and K = " + std::to_string(config.contextPairs));
    const DescriptionTable table = tableOf(i);
    const IclRegressionTask set = regressionTaskOf(config, table);
    DescriptionTable fresh = table;
    fresh.erase("tasks");
    Sequences freshSequences = sequencesOf(config, fresh, set, "family-evaluation", settings.evaluation), own;
    OracleLosses losses;
    losses.oodRidge = losses.ridge = meanSquare(freshSequences.targets - freshSequences.ridge);
    if (set.taskCount > 0) {
      own = sequencesOf(config, table, set, "family-evaluation", settings.evaluation);
      losses.ridge = meanSquare(own.targets - own.ridge);
      losses.tasks = meanSquare(own.targets - own.tasks);
      losses.oodTasks = meanSquare(freshSequences.targets - freshSequences.tasks);
      oracles.push_back({"dMMSE " + std::to_string(set.taskCount), i});
      oraclePoints.push_back(flattened(predictByTaskSet(set, fixedTaskMatrix(set), probeTokens).mean));
    }
    oracleLosses.push_back(losses);
    members.push_back(std::make_unique<RegressionMember>(config, device, probe.inputs, std::move(own),
                                                         std::move(freshSequences)));
  }
  for (std::vector<float> &point : oraclePoints)
    point = kept(std::move(point));
}

void FamilyAnalysis::Impl::makeOther(const DeviceOptions &device) {
  const DescriptionTable shared = dataTableOf(family.members.front().run, "train");
  for (const FamilyMember &member : family.members) {
    Run run = member.run;
    run.description.data["train"] = shared;
    auto other = std::make_unique<OtherMember>(run, ProbeSettings{settings.probe, settings.seed}, device);
    if (!probeHash.empty() && other->probeHash() != probeHash)
      throw Error(run.index.root.string() + ": a family needs runs of one model and task; this one's inputs differ from "
                  "those of " + family.members.front().run.index.root.string());
    probeHash = other->probeHash();
    members.push_back(std::move(other));
  }
}

FamilyAnalysis::FamilyAnalysis(const Family &family, const FamilySettings &settings, const DeviceOptions &device)
    : m_impl(std::make_unique<Impl>(family, settings)) {
  if (settings.probe < 1 || settings.evaluation < 1)
    throw Error("family: expected one sequence or more of probe and evaluation, found " +
                std::to_string(settings.probe) + " and " + std::to_string(settings.evaluation));
  std::vector<Architecture> architectures;
  for (const FamilyMember &member : family.members) {
    architectures.push_back(recognizeRun(member.run).architecture);
    if (architectures.back().index() != architectures.front().index())
      throw Error(member.run.index.root.string() + ": expected a model of the family " + familyOf(architectures.front()) +
                  " as in the other runs, found " + familyOf(architectures.back()));
  }
  if (architectures.empty())
    throw Error("family: expected one run or more, found none");
  Impl &d = *m_impl;
  d.seen.resize(family.members.size());
  d.done.resize(family.members.size());
  translatingTorchErrors("family", [&] {
    if (std::holds_alternative<IclTransformerConfig>(architectures.front()))
      d.makeRegression(architectures, device);
    else
      d.makeOther(device);
  });
}

FamilyAnalysis::~FamilyAnalysis() = default;
FamilyAnalysis::FamilyAnalysis(FamilyAnalysis &&) noexcept = default;
FamilyAnalysis &FamilyAnalysis::operator=(FamilyAnalysis &&) noexcept = default;

void FamilyAnalysis::addMissing(std::vector<SkippedFile> *skipped, const Observer &observe) {
  Impl &d = *m_impl;
  std::vector<CurveSchedule> schedules;
  std::int64_t total = 0, finished = 0;
  for (std::size_t i = 0; i < d.members.size(); ++i) {
    std::vector<std::int64_t> missing;
    for (const CheckpointEntry &entry : d.family.members[i].run.index.checkpoints)
      if (!d.done[i].contains(entry.step))
        missing.push_back(entry.step);
    total += std::int64_t(missing.size());
    schedules.emplace_back(std::move(missing));
  }
  FreedMemoryKeeper memory;
  while (finished < total)
    for (std::size_t i = 0; i < schedules.size(); ++i) { // in turns, so that all runs grow together
      const auto step = schedules[i].next();
      if (!step)
        continue;
      const auto &checkpoints = d.family.members[i].run.index.checkpoints;
      const auto entry = std::find_if(checkpoints.begin(), checkpoints.end(),
                                      [&](const CheckpointEntry &c) { return c.step == *step; });
      bool added = false;
      try {
        Outputs outputs = d.members[i]->look(*entry);
        if (!d.pca)
          d.plan(std::int64_t(outputs.features.size()));
        d.pca->addRow(int(i), *step, d.kept(std::move(outputs.features)));
        if (outputs.seen)
          d.seen[i].emplace(*step, std::move(*outputs.seen));
        added = true;
      } catch (const ResourceError &) { // the device or the disk, not this checkpoint
        throw;
      } catch (const Error &error) {
        if (skipped != nullptr)
          skipped->push_back({entry->path, reasonWithoutPath(error.what(), entry->path)});
      }
      d.done[i].emplace(*step, added);
      schedules[i].report(*step, std::numeric_limits<double>::quiet_NaN());
      memory.checkpointDone();
      ++finished;
      if (observe && observe({finished, total, "checkpoints"}) == Flow::Stop)
        return;
    }
}

FamilyResult FamilyAnalysis::result() const {
  const Impl &d = *m_impl;
  FamilyResult result;
  result.parameter = d.family.parameter;
  result.oracles = d.oracles;
  result.weighting = d.settings.weighting;
  result.features = d.features;
  result.probeHash = d.probeHash;
  result.plan = describe(d.storage);
  result.keptFeatures = d.projection ? d.projection->dimensions() : d.features;
  result.projectionError = d.projection ? d.projection->relativeError() : 0;
  if (d.pca)
    result.joint = d.pca->compute(d.settings.components, d.settings.weighting, d.oraclePoints);
  else
    result.joint.curves.resize(d.members.size());
  for (std::size_t i = 0; i < d.members.size(); ++i) {
    const FamilyMember &member = d.family.members[i];
    FamilyMemberResult &own = result.members.emplace_back();
    own.label = member.label;
    own.folder = member.run.index.root.string();
    own.value = member.value;
    if (d.oracleLosses.empty())
      continue;
    own.oracles = d.oracleLosses[i];
    RegressionCurve &curve = own.regression.emplace();
    MatrixXd bySequence(d.settings.evaluation, Index(d.seen[i].size()));
    for (const auto &[step, seen] : d.seen[i]) {
      bySequence.col(Index(curve.steps.size())) = seen.oodBySequence.cast<double>();
      curve.steps.push_back(step);
      curve.loss.push_back(seen.loss);
      curve.oodLoss.push_back(seen.oodLoss);
      curve.toRidge.push_back(seen.toRidge);
      curve.toTasks.push_back(seen.toTasks);
      curve.oodToRidge.push_back(seen.oodToRidge);
      curve.oodToTasks.push_back(seen.oodToTasks);
    }
    own.critical = criticalTime(curve.steps, bySequence);
  }
  return result;
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/run_writer.h"

#include <cmath>
#include <sstream>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/results/result_tables.h"
#include "core/training/language_data.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

fs::path statePath(const fs::path &folder) {
  return folder / ".evolute" / "training-state.safetensors";
}

bool sameRun(const RunDescription &a, const RunDescription &b) {
  return a.model == b.model && a.data == b.data && a.training == b.training;
}

/// Anything but our own results folder, which a window that watches the folder may have made first.
bool holdsForeignFiles(const fs::path &folder) {
  std::error_code error;
  for (const auto &entry : fs::directory_iterator(folder, error))
    if (entry.path().filename() != ".evolute")
      return true;
  return false;
}

} // namespace

RunDescription descriptionOf(const TrainSettings &s, const fs::path &folder) {
  RunDescription d;
  d.name = s.task + (s.taskCount > 0 ? ", " + std::to_string(s.taskCount) + " tasks" : "") + ", seed " +
           std::to_string(s.seed);
  d.scan.glob = "checkpoints/*.safetensors";
  d.loss = {{"kind", std::string("mse")}};
  d.log = {{"file", std::string("metrics.jsonl")}, {"step", std::string("step")}};
  d.training = {{"task", s.task},
                {"steps", s.steps},
                {"batch", std::int64_t(s.batchSize)},
                {"learning_rate", s.learningRate},
                {"schedule", s.schedule},
                {"optimizer", std::string(s.weightDecay != 0 ? "adamw" : "adam")},
                {"seed", std::int64_t(s.seed)},
                {"linear_checkpoints", std::int64_t(s.linearCheckpoints)},
                {"log_checkpoints", std::int64_t(s.logarithmicCheckpoints)},
                {"log_every", std::int64_t(s.logEvery)}};
  if (s.weightDecay != 0) // absent where it is 0, as in runs from before there was a choice
    d.training["weight_decay"] = s.weightDecay;
  if (s.gradientClip != 0)
    d.training["gradient_clip"] = s.gradientClip;
  if (s.task == "language-model") {
    d.loss = {{"kind", std::string("next-token")}};
    d.model = {{"family", std::string("attention-only-transformer")},
               {"vocabulary", s.language.vocabulary},
               {"context", s.language.context},
               {"width", std::int64_t(s.modelWidth)},
               {"heads", std::int64_t(s.heads)},
               {"layers", std::int64_t(s.layers)},
               {"positions", s.language.positions}};
    d.data = folder.empty() ? s.language.data : relativeTo(folder, s.language.data);
    d.training["evaluation_sequences"] = std::int64_t(s.language.evaluationSequences);
    return d;
  }
  DescriptionTable &train = d.data["train"];
  train["seed"] = std::int64_t(s.seed);
  if (s.task == "icl-regression") {
    d.model = {{"family", std::string("icl-regression-transformer")},
               {"task_dimension", std::int64_t(s.taskDimension)},
               {"context_pairs", std::int64_t(s.contextPairs)},
               {"width", std::int64_t(s.modelWidth)},
               {"heads", std::int64_t(s.heads)},
               {"layers", std::int64_t(s.layers)},
               {"doubled_residual", s.doubledResidual}};
    train["kind"] = std::string("icl-regression");
    train["noise_variance"] = s.noiseVariance;
    if (s.taskCount > 0) { // absent for fresh tasks, as in runs from before there was a choice
      train["tasks"] = s.taskCount;
      train["task_seed"] = std::int64_t(s.taskSeed);
    }
  } else {
    std::string widths;
    for (const std::int64_t width : s.widths)
      widths += (widths.empty() ? "" : "-") + std::to_string(width);
    d.model = {{"family", std::string("linear-network")}, {"widths", widths}};
    train["kind"] = std::string("linear-teacher");
    train["rank"] = s.rank;
    train["noise_variance"] = s.noisyTargets ? s.noiseVariance : 0.0;
    d.training["samples"] = s.trainingSamples;
  }
  return d;
}

RunWriter::RunWriter(const TrainSettings &settings, fs::path folder)
    : m_folder(std::move(folder)), m_digits(int(std::to_string(settings.steps).size())) {
  const RunDescription description = descriptionOf(settings, m_folder);
  const fs::path toml = m_folder / "run.toml";
  std::error_code error;
  if (fs::exists(toml, error)) {
    if (!sameRun(readRunDescription(toml), description))
      throw Error(m_folder.string() + ": expected an empty folder or a run with these very settings, found a run "
                  "whose run.toml differs");
  } else if (holdsForeignFiles(m_folder)) {
    throw Error(m_folder.string() + ": expected an empty or new folder for the run, found other files in it");
  }
  fs::create_directories(m_folder / "checkpoints", error);
  fs::create_directories(m_folder / ".evolute", error);
  if (error)
    throw Error(m_folder.string() + ": cannot make the folder of the run: " + error.message());
  if (!fs::exists(toml, error))
    writeRunDescription(toml, description);
  m_metrics.open(m_folder / "metrics.jsonl", std::ios::app | std::ios::binary);
  if (!m_metrics)
    throw Error((m_folder / "metrics.jsonl").string() + ": cannot be written");
}

fs::path RunWriter::stateToResume() const {
  const fs::path state = statePath(m_folder);
  std::error_code error;
  return fs::exists(state, error) ? state : fs::path();
}

void RunWriter::truncateMetrics(std::int64_t step) {
  m_metrics.close();
  const fs::path path = m_folder / "metrics.jsonl";
  std::string kept, line;
  std::ifstream in(path, std::ios::binary);
  while (std::getline(in, line)) {
    const nlohmann::json row = nlohmann::json::parse(line, nullptr, false);
    if (!row.is_object() || !row.contains("step") || !row["step"].is_number_integer())
      continue;
    const auto at = row["step"].get<std::int64_t>();
    if (at < step || (at == step && row.contains("eval_loss")))
      kept += line + "\n";
  }
  in.close();
  writeTextFile(path, kept);
  m_metrics.open(path, std::ios::app | std::ios::binary);
}

void RunWriter::writeCheckpoint(std::int64_t step, const std::vector<ArrayToWrite> &arrays) {
  std::string number = std::to_string(step);
  number.insert(0, std::size_t(std::max(0, m_digits - int(number.size()))), '0');
  writeSafetensors(m_folder / "checkpoints" / ("step_" + number + ".safetensors"), arrays);
}

void RunWriter::writeState(std::int64_t step, const std::vector<ArrayToWrite> &arrays) {
  writeSafetensors(statePath(m_folder), arrays, {{"step", std::to_string(step)}});
}

void RunWriter::writeMetrics(std::int64_t step, const std::vector<std::pair<std::string, double>> &values) {
  nlohmann::ordered_json row = {{"step", step}};
  for (const auto &[name, value] : values)
    row[name] = value; // not finite becomes null
  m_metrics << row.dump() << '\n' << std::flush;
  if (!m_metrics)
    throw Error((m_folder / "metrics.jsonl").string() + ": cannot be written; is the disk full?");
}

std::int64_t RunWriter::checkpointCount() const {
  std::int64_t count = 0;
  for (const auto &entry : fs::directory_iterator(m_folder / "checkpoints"))
    count += entry.path().extension() == ".safetensors" ? 1 : 0;
  return count;
}

} // namespace evolute::core

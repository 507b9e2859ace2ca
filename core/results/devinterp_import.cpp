// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/devinterp_import.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/metrics_log.h"
#include "core/checkpoint/python_json.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/llc/diagnostics.h"

namespace evolute::core {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostChains = 4096; ///< as many as LlcSettings allows

/// One dictionary: what it says, and where errors happen.
class Dictionary {
public:
  Dictionary(const json &object, std::string where) : m_object(object), m_where(std::move(where)) {}

  bool has(const std::string &key) const { return m_object.contains(key); }
  double number(const std::string &key) const {
    const std::optional<double> value = numberFromPython(m_object.at(key));
    if (!value)
      fail(key, "a number", m_object.at(key));
    return *value;
  }
  double numberOrNaN(const std::string &key) const {
    return has(key) && !m_object.at(key).is_null() ? number(key) : kNaN;
  }
  std::int64_t whole(const std::string &key) const {
    const json &value = m_object.at(key);
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0)
      fail(key, "a whole number of 0 or more", value);
    return value.get<std::int64_t>();
  }
  /// An array of chains of equally many draws -> draws x chains; null is NaN.
  Eigen::ArrayXXd trace(const std::string &key) const {
    const json &chains = m_object.at(key);
    if (!chains.is_array() || chains.empty() || chains.size() > kMostChains || !chains[0].is_array() ||
        chains[0].empty())
      fail(key, "an array of draws for each chain, 1 to 4096 of them", chains);
    Eigen::ArrayXXd values(Eigen::Index(chains[0].size()), Eigen::Index(chains.size()));
    for (std::size_t c = 0; c < chains.size(); ++c) {
      if (!chains[c].is_array() || chains[c].size() != chains[0].size())
        fail(key, std::to_string(chains[0].size()) + " draws for chain " + std::to_string(c), chains[c]);
      for (std::size_t d = 0; d < chains[c].size(); ++d) {
        const std::optional<double> value = chains[c][d].is_null() ? kNaN : numberFromPython(chains[c][d]);
        if (!value)
          fail(key, "numbers", chains[c][d]);
        values(Eigen::Index(d), Eigen::Index(c)) = *value;
      }
    }
    return values;
  }
  [[noreturn]] void fail(const std::string &key, const std::string &expected, const json &found) const {
    std::string text = found.dump(-1, ' ', true, json::error_handler_t::replace);
    if (text.size() > 40)
      text = text.substr(0, 40) + "...";
    throw Error(m_where + ": " + key + ": expected " + expected + ", found " + text);
  }
  const std::string &where() const { return m_where; }

private:
  const json &m_object;
  std::string m_where;
};

std::vector<double> chainMeans(const Dictionary &from) {
  std::vector<double> means;
  if (from.has("llc/trace")) {
    const Eigen::ArrayXXd trace = from.trace("llc/trace");
    for (Eigen::Index c = 0; c < trace.cols(); ++c)
      means.push_back(trace.col(c).mean());
    return means;
  }
  for (std::string key = "llc-chain/0"; from.has(key) && means.size() < kMostChains;
       key = "llc-chain/" + std::to_string(means.size()))
    means.push_back(from.numberOrNaN(key));
  return means;
}

LlcEstimate estimateFrom(const Dictionary &from, std::int64_t step, const ImportOptions &options) {
  LlcEstimate e = llcEstimateFromJson({{"step", step}, {"llc", nullptr}}); // what is not there is NaN
  e.component = options.component;
  e.slice = options.slice;
  e.dataHash = "imported";
  e.inverseTemperature = options.inverseTemperature.value_or(kNaN);
  const std::vector<double> means = chainMeans(from);
  const double chains = double(means.size());
  double sum = 0, square = 0;
  for (const double mean : means)
    sum += mean;
  for (const double mean : means)
    square += (mean - sum / chains) * (mean - sum / chains);
  if (!from.has("llc/mean") && means.empty())
    throw Error(from.where() +
                ": expected \"llc/mean\" or \"llc/trace\", as devinterp 1.x names its results");
  e.llc = e.llcPlain = from.has("llc/mean") ? from.numberOrNaN("llc/mean") : sum / chains;
  // Of the chains themselves where they are told: "llc/std" divides by their number in one generation, by one
  // less in the other.
  e.sdOverChains =
      means.empty() ? from.numberOrNaN("llc/std") : std::sqrt(square / (chains - 1)); // NaN for one
  if (means.size() >= 2)
    e.standardError = e.sePlain = e.sdOverChains / std::sqrt(chains);
  if (from.has("loss/trace")) {
    const Eigen::ArrayXXd loss = from.trace("loss/trace");
    if (!means.empty() && loss.cols() != Eigen::Index(means.size()))
      throw Error(from.where() + ": loss/trace: expected " + std::to_string(means.size()) +
                  " chains, found " + std::to_string(loss.cols()));
    e.loss = loss.cast<float>();
    e.excess =
        Eigen::ArrayXXf::Constant(loss.rows(), loss.cols(), float(kNaN)); // needs L_m(w*), which is not told
    e.rhat = splitRhat(loss); // the same for lambda-hat: a linear function of the loss
    e.essBulk = essBulk(loss);
    e.essTail = essTail(loss);
    e.mcse = e.inverseTemperature * mcseMean(loss);
    e.initialLoss = loss.mean() - e.llc / e.inverseTemperature;
  }
  if (from.has("init_loss")) // of the online estimator
    e.initialLoss = from.numberOrNaN("init_loss");
  for (std::size_t c = 0; c < std::max(means.size(), std::size_t(e.loss.cols())); ++c) {
    ChainEvidence chain;
    chain.llcPlain = c < means.size() ? means[c] : kNaN;
    chain.llcPaired = chain.acceptance = chain.distance = kNaN;
    chain.gradientNorm = chain.pullNorm = chain.noiseNorm = kNaN;
    chain.draws = e.loss.rows();
    e.chains.push_back(chain);
  }
  return e;
}

std::int64_t stepNamed(const std::string &text, const std::string &name) {
  std::int64_t step = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), step);
  if (problem != std::errc() || end != text.data() + text.size() || step < 0)
    throw Error(
        name +
        ": expected the results of devinterp 1.x (\"llc/mean\") or an object of steps, found the key " +
        json(text.substr(0, 40)).dump(-1, ' ', true, json::error_handler_t::replace));
  return step;
}

/// Gives every imported estimate its mark and the identity of what it came from. \throws Error when two are
/// of one step.
std::vector<LlcEstimate> marked(std::vector<LlcEstimate> estimates, const std::string &name,
                                std::string_view content, const ImportOptions &options) {
  std::string identity = "devinterp ";
  if (options.inverseTemperature)
    identity += json(*options.inverseTemperature).dump() + " ";
  const std::string hash = hashOf(identity.append(content));
  std::set<std::int64_t> steps;
  for (LlcEstimate &e : estimates) {
    if (!steps.insert(e.step).second)
      throw Error(name + ": expected one result a step, found two of step " + std::to_string(e.step));
    e.verdict = {"imported", "Imported from " + fs::path(name).filename().string() +
                                 " (devinterp); how it was sampled was not observed here."};
    e.settingsHash = hash;
  }
  return estimates;
}

std::string textOf(const fs::path &file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream)
    throw Error(file.string() + ": cannot be read");
  return text;
}

std::vector<LlcEstimate> devinterpFromCsv(const fs::path &file, const ImportOptions &options) {
  const std::string name = file.string();
  MetricsLog log(file);
  log.refresh();
  log.finish();
  const auto mean = log.series().find("llc/mean");
  if (mean == log.series().end())
    throw Error(name +
                ": expected columns step and llc/mean, as devinterp 1.x names its results, found neither");
  std::vector<LlcEstimate> estimates;
  for (std::size_t row = 0; row < mean->second.steps.size(); ++row) {
    const std::int64_t step = mean->second.steps[row];
    json object = json::object();
    for (const auto &[column, series] : log.series()) {
      const auto found = std::lower_bound(series.steps.begin(), series.steps.end(), step);
      if (found == series.steps.end() || *found != step)
        continue;
      const double value = series.values[std::size_t(found - series.steps.begin())];
      object[column] = std::isfinite(value) ? json(value) : json();
    }
    estimates.push_back(estimateFrom({object, name + ": step " + std::to_string(step)}, step, options));
  }
  return marked(std::move(estimates), name, textOf(file), options);
}

} // namespace

std::vector<LlcEstimate> devinterpFromJson(std::string_view text, const std::string &name,
                                           const ImportOptions &options) {
  json document;
  try {
    document = json::parse(jsonFromPython(std::string(text)));
  } catch (const json::parse_error &error) {
    throw Error(name + ": expected JSON, found something else near byte " + std::to_string(error.byte));
  }
  std::vector<LlcEstimate> estimates;
  const auto add = [&](const json &object, const std::string &where, std::optional<std::int64_t> step) {
    if (!object.is_object())
      throw Error(where + ": expected a dictionary of devinterp 1.x results");
    const Dictionary from(object, where);
    if (from.has("step"))
      step = from.whole("step");
    if (!step)
      throw Error(where + ": no step is given: write a key \"step\" into it, or say --step");
    estimates.push_back(estimateFrom(from, *step, options));
  };
  if (document.is_array()) {
    for (std::size_t i = 0; i < document.size(); ++i)
      add(document[i], name + ": result " + std::to_string(i), std::nullopt);
  } else if (document.is_object() && (document.contains("llc/mean") || document.contains("llc/trace"))) {
    add(document, name, options.step);
  } else if (document.is_object()) {
    for (const auto &[key, object] : document.items()) {
      const std::int64_t step = stepNamed(key, name);
      add(object, name + ": step " + std::to_string(step), step);
    }
  }
  if (estimates.empty())
    throw Error(name + ": expected the results of devinterp 1.x (\"llc/mean\"), found none");
  return marked(std::move(estimates), name, text, options);
}

std::vector<LlcEstimate> readDevinterpResults(const fs::path &file, const ImportOptions &options) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) {
    if (fs::exists(file / "zarr.json", ignored) || fs::exists(file / ".zgroup", ignored))
      throw Error(file.string() +
                  ": expected .json or .csv, found a Zarr store (devinterp 2.x), which no C or C++ "
                  "library of Debian 12 reads: convert it with the lines of Python in "
                  "core/results/README.md");
    throw Error(file.string() + ": expected a .json or .csv file, found a folder");
  }
  if (!fs::exists(file, ignored))
    throw Error(file.string() + ": expected a .json or .csv file, found nothing");
  if (file.extension() == ".csv")
    return devinterpFromCsv(file, options);
  if (file.extension() == ".json")
    return devinterpFromJson(textOf(file), file.string(), options);
  throw Error(file.string() + ": expected a .json or .csv file, found another ending");
}

std::int64_t storeImported(ResultStore &store, const Run &run, std::vector<LlcEstimate> estimates) {
  for (LlcEstimate &e : estimates) {
    const auto &all = run.index.checkpoints;
    const auto checkpoint = std::find_if(all.begin(), all.end(),
                                         [&](const CheckpointEntry &entry) { return entry.step == e.step; });
    if (checkpoint == all.end())
      throw Error(run.index.root.string() + ": expected a checkpoint of step " + std::to_string(e.step) +
                  ", which the imported results are of, found none");
    e.checkpointHash = CheckpointFile::open(checkpoint->path).contentHash();
  }
  for (const LlcEstimate &e : estimates) {
    LlcSettings settings; // what is known of them
    settings.estimator = LlcEstimator::Plain;
    settings.chainCount = int(e.chains.size());
    settings.drawCount = int(e.loss.rows());
    settings.inverseTemperature = std::isfinite(e.inverseTemperature) ? e.inverseTemperature : 0.0;
    store.put(e, settings);
  }
  return std::int64_t(estimates.size());
}

} // namespace evolute::core

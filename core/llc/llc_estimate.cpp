// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/llc_estimate.h"

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/llc/llc_estimate_fields.h"

namespace evolute::core {

namespace {

using nlohmann::json;

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

struct Write {
  json &object;
  void operator()(const char *key, double value) {
    object[key] = std::isfinite(value) ? json(value) : json();
  }
  void operator()(const char *key, std::int64_t value) { object[key] = value; }
  void operator()(const char *key, const std::string &value) { object[key] = value; }
};

[[noreturn]] void refuse(const std::string &key, const char *expected, const json &found) {
  throw Error("estimate: " + key + ": expected " + expected + ", found " + found.dump());
}

/// Keys that are not there: numbers become NaN, text and counts keep their defaults.
struct Read {
  const json &object;
  void operator()(const char *key, double &value) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null())
      value = kNotANumber;
    else if (found->is_number())
      value = found->get<double>();
    else
      refuse(key, "a number or null", *found);
  }
  void operator()(const char *key, std::int64_t &value) {
    const auto found = object.find(key);
    if (found == object.end())
      return;
    if (!found->is_number_integer())
      refuse(key, "a whole number", *found);
    value = found->get<std::int64_t>();
  }
  void operator()(const char *key, std::string &value) {
    const auto found = object.find(key);
    if (found == object.end())
      return;
    if (!found->is_string())
      refuse(key, "text", *found);
    value = found->get<std::string>();
  }
};

json chainToJson(const ChainEvidence &chain) {
  json object = json::object();
  visitChainFields(chain, Write{object});
  object["end"] = nameOf(chain.end);
  return object;
}

ChainEvidence chainFromJson(const json &object) {
  if (!object.is_object())
    refuse("chains", "an object for each chain", object);
  ChainEvidence chain;
  visitChainFields(chain, Read{object});
  std::string end = nameOf(chain.end);
  Read{object}("end", end);
  chain.end = chainEndFromName(end);
  return chain;
}

/// One array of draws for each chain.
json traceToJson(const Eigen::ArrayXXf &trace) {
  json columns = json::array();
  for (Eigen::Index chain = 0; chain < trace.cols(); ++chain) {
    json draws = json::array();
    for (Eigen::Index draw = 0; draw < trace.rows(); ++draw)
      draws.push_back(std::isfinite(trace(draw, chain)) ? json(trace(draw, chain)) : json());
    columns.push_back(std::move(draws));
  }
  return columns;
}

Eigen::ArrayXXf traceFromJson(const json &object, const char *key) {
  if (!object.contains(key))
    return {};
  const json &columns = object.at(key);
  if (!columns.is_array() || (!columns.empty() && !columns.front().is_array()))
    refuse(key, "an array of draws for each chain", columns);
  const std::size_t draws = columns.empty() ? 0 : columns.front().size();
  Eigen::ArrayXXf trace(Eigen::Index(draws), Eigen::Index(columns.size()));
  for (std::size_t chain = 0; chain < columns.size(); ++chain) {
    const json &column = columns[chain];
    if (!column.is_array() || column.size() != draws)
      throw Error(std::string("estimate: ") + key + ": chain " + std::to_string(chain) + ": expected " +
                  std::to_string(draws) + " draws like the first chain, found " +
                  std::to_string(column.size()));
    for (std::size_t draw = 0; draw < draws; ++draw) {
      if (!column[draw].is_null() && !column[draw].is_number())
        refuse(key, "numbers or null", column[draw]);
      trace(Eigen::Index(draw), Eigen::Index(chain)) =
          column[draw].is_null() ? float(kNotANumber) : column[draw].get<float>();
    }
  }
  return trace;
}

} // namespace

const char *nameOf(ChainEnd end) {
  switch (end) {
  case ChainEnd::Completed:
    return "completed";
  case ChainEnd::Stopped:
    return "stopped";
  case ChainEnd::Diverged:
    return "diverged";
  }
  return "";
}

ChainEnd chainEndFromName(const std::string &name) {
  for (const ChainEnd end : {ChainEnd::Completed, ChainEnd::Stopped, ChainEnd::Diverged})
    if (name == nameOf(end))
      return end;
  throw Error("estimate: end of a chain: expected \"completed\", \"stopped\" or \"diverged\", found \"" +
              name + "\"");
}

json toJson(const LlcEstimate &estimate, bool withTraces) {
  json object = json::object();
  visitFields(estimate, Write{object});
  json &chains = object["chains"] = json::array();
  for (const ChainEvidence &chain : estimate.chains)
    chains.push_back(chainToJson(chain));
  if (withTraces) {
    object["loss"] = traceToJson(estimate.loss);
    object["excess"] = traceToJson(estimate.excess);
  }
  return object;
}

LlcEstimate llcEstimateFromJson(const json &object) {
  if (!object.is_object())
    refuse("the whole", "an object", object);
  for (const char *key : {"step", "llc"})
    if (!object.contains(key))
      throw Error(std::string("estimate: ") + key + " is missing");
  LlcEstimate estimate;
  visitFields(estimate, Read{object});
  if (object.contains("chains")) {
    if (!object.at("chains").is_array())
      refuse("chains", "an array", object.at("chains"));
    for (const json &chain : object.at("chains"))
      estimate.chains.push_back(chainFromJson(chain));
  }
  estimate.loss = traceFromJson(object, "loss");
  estimate.excess = traceFromJson(object, "excess");
  return estimate;
}

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/stage_set.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>
#include <sstream>

#include <toml++/toml.h>

#include "core/error.h"

namespace evolute::core {

namespace {

std::string wordsOf(const Evidence &evidence) {
  std::array<char, 32> number{};
  std::string words = std::string(nameOf(evidence.kind)) + " of " + evidence.source;
  if (std::isfinite(evidence.probability)) {
    std::snprintf(number.data(), number.size(), ", p = %.2f", evidence.probability);
    words += number.data();
  }
  if (std::isfinite(evidence.rank)) {
    std::snprintf(number.data(), number.size(), ", %.0f %% of walks", 100 * evidence.rank);
    words += number.data();
  }
  return words;
}

std::size_t longerOf(const StageSet &set, std::size_t edge) {
  const double x = logTime(set.edges[edge].step);
  const bool isFirst = x - logTime(set.startOf(edge)) >= logTime(set.endOf(edge + 1)) - x;
  return isFirst ? edge : edge + 1;
}

class SetReader {
public:
  explicit SetReader(const std::string &source) : m_source(source) {}

  StageSet read(const toml::table &document) const {
    StageSet set;
    set.name = text(document, "name", "stages");
    set.curve = text(document, "curve", "");
    set.first = number(document, "first");
    set.last = number(document, "last");
    if (set.last < set.first)
      fail(*document.get("last"), "last should be no less than first, found " + std::to_string(set.last));
    forEach(document, "edge", [&](const toml::table &table) {
      StageEdge edge;
      edge.step = number(table, "step");
      edge.low = table.contains("low") ? number(table, "low") : edge.step;
      edge.high = table.contains("high") ? number(table, "high") : edge.step;
      edge.isByHand = text(table, "placed_by", "hand") == "hand";
      edge.note = text(table, "note", "");
      if (const toml::node *evidence = table.get("evidence")) {
        if (!evidence->is_array())
          fail(*evidence, "evidence should be a list of texts");
        for (const toml::node &one : *evidence->as_array()) {
          if (!one.is_string())
            fail(one, "evidence should be a list of texts");
          edge.evidence.push_back(one.as_string()->get());
        }
      }
      const std::int64_t before = set.edges.empty() ? set.first : set.edges.back().step;
      if (edge.step <= before || edge.step >= set.last)
        fail(table, "an edge should lie after " + std::to_string(before) + " and before " +
                        std::to_string(set.last) + ", found " + std::to_string(edge.step));
      set.edges.push_back(std::move(edge));
    });
    forEach(document, "stage", [&](const toml::table &table) {
      NamedStage stage{text(table, "name", ""), StageType::Other, text(table, "note", "")};
      const std::string type = text(table, "type", "other");
      for (const StageType one : {StageType::A, StageType::B, StageType::Other})
        if (type == nameOf(one))
          stage.type = one;
      if (type != nameOf(stage.type))
        fail(*table.get("type"), "type should be A, B or other, found " + type);
      set.stages.push_back(std::move(stage));
    });
    if (set.stages.empty())
      set.stages.resize(set.edges.size() + 1);
    if (set.stages.size() != set.edges.size() + 1)
      fail(document, "expected one stage more than edges, found " + std::to_string(set.stages.size()) +
                         " stages and " + std::to_string(set.edges.size()) + " edges");
    return set;
  }

private:
  [[noreturn]] void fail(const toml::node &node, const std::string &problem) const {
    throw Error(m_source + ", line " + std::to_string(node.source().begin.line) + ", column " +
                std::to_string(node.source().begin.column) + ": " + problem);
  }
  std::string text(const toml::table &table, const char *key, const char *fallback) const {
    const toml::node *node = table.get(key);
    if (node == nullptr)
      return fallback;
    if (!node->is_string())
      fail(*node, std::string(key) + " should be a text");
    return node->as_string()->get();
  }
  std::int64_t number(const toml::table &table, const char *key) const {
    const toml::node *node = table.get(key);
    if (node == nullptr || !node->is_integer() || node->as_integer()->get() < 0)
      fail(node == nullptr ? table : *node, std::string(key) + " should be a step, a whole number");
    return node->as_integer()->get();
  }
  template <class Take> void forEach(const toml::table &document, const char *key, const Take &take) const {
    const toml::node *node = document.get(key);
    if (node == nullptr)
      return;
    if (!node->is_array())
      fail(*node, std::string(key) + " should be sections [[" + key + "]]");
    for (const toml::node &one : *node->as_array()) {
      if (!one.is_table())
        fail(one, std::string(key) + " should be sections [[" + key + "]]");
      take(*one.as_table());
    }
  }

  const std::string &m_source;
};

std::string quoted(const std::string &value) {
  std::ostringstream out;
  // Never a literal or multi-line string, so that one value stays on one line.
  out << toml::toml_formatter(toml::table{{"v", value}}, toml::toml_formatter::default_flags &
                                                             ~toml::format_flags::allow_literal_strings &
                                                             ~toml::format_flags::allow_multi_line_strings);
  const std::string line = out.str();
  return line.substr(line.find('=') + 2);
}

} // namespace

std::int64_t StageSet::startOf(std::size_t stage) const {
  return stage == 0 ? first : edges[stage - 1].step;
}

std::int64_t StageSet::endOf(std::size_t stage) const {
  return stage < edges.size() ? edges[stage].step : last;
}

std::size_t StageSet::stageAt(std::int64_t step) const {
  const auto after =
      std::upper_bound(edges.begin(), edges.end(), step,
                       [](std::int64_t value, const StageEdge &edge) { return value < edge.step; });
  return std::size_t(after - edges.begin());
}

std::string StageSet::labelOf(std::size_t stage) const {
  const StageType type = stages[stage].type;
  if (type == StageType::Other)
    return "-";
  const auto count = std::count_if(stages.begin(), stages.begin() + std::ptrdiff_t(stage) + 1,
                                   [type](const NamedStage &s) { return s.type == type; });
  return nameOf(type) + std::to_string(count);
}

StageSet stageSetFrom(const StageProposal &proposal, const std::string &name) {
  StageSet set;
  set.name = name;
  set.curve = proposal.curve;
  assert(!proposal.stages.empty());
  set.first = proposal.stages.front().start;
  set.last = proposal.stages.back().end;
  set.stages.push_back({"", proposal.stages.front().change.type, ""});
  for (std::size_t i = 0; i < proposal.boundaries.size(); ++i) {
    const ProposedBoundary &boundary = proposal.boundaries[i];
    const std::int64_t before = set.edges.empty() ? set.first : set.edges.back().step;
    if (boundary.step <= before || boundary.step >= set.last)
      continue; // between two whole steps there is room for one edge
    StageEdge edge{boundary.step, boundary.low, boundary.high, false, {}, ""};
    for (const Evidence &evidence : boundary.evidence)
      edge.evidence.push_back(wordsOf(evidence));
    set.edges.push_back(std::move(edge));
    set.stages.push_back({"", proposal.stages[i + 1].change.type, ""});
  }
  return set;
}

StageSet wholeRun(std::int64_t first, std::int64_t last, const std::string &name) {
  StageSet set;
  set.name = name;
  set.first = first;
  set.last = last;
  set.stages.resize(1);
  return set;
}

bool split(StageSet &set, std::int64_t step) {
  const std::size_t stage = set.stageAt(step);
  if (step <= set.startOf(stage) || step >= set.endOf(stage))
    return false;
  set.edges.insert(set.edges.begin() + std::ptrdiff_t(stage), {step, step, step, true, {}, ""});
  set.stages.insert(set.stages.begin() + std::ptrdiff_t(stage) + 1, {"", set.stages[stage].type, ""});
  return true;
}

bool merge(StageSet &set, std::size_t edge) {
  if (edge >= set.edges.size())
    return false;
  const std::size_t longer = longerOf(set, edge), other = 2 * edge + 1 - longer;
  NamedStage kept = set.stages[longer];
  if (kept.name.empty())
    kept.name = set.stages[other].name;
  if (kept.note.empty())
    kept.note = set.stages[other].note;
  set.edges.erase(set.edges.begin() + std::ptrdiff_t(edge));
  set.stages.erase(set.stages.begin() + std::ptrdiff_t(edge));
  set.stages[edge] = kept;
  return true;
}

bool moveEdge(StageSet &set, std::size_t edge, std::int64_t step) {
  if (edge >= set.edges.size() || step <= set.startOf(edge) || step >= set.endOf(edge + 1))
    return false;
  StageEdge &moved = set.edges[edge];
  moved.step = moved.low = moved.high = step;
  moved.isByHand = true;
  return true;
}

void relabel(StageSet &set, const GaussianProcess &curve, const MilestoneSettings &settings) {
  std::vector<double> places;
  for (const StageEdge &edge : set.edges)
    places.push_back(logTime(edge.step));
  const std::vector<StageChange> changes = stagesBetween(curve, places, settings);
  for (std::size_t i = 0; i < set.stages.size(); ++i)
    set.stages[i].type = changes[i].type;
}

std::string toToml(const StageSet &set) {
  std::ostringstream out;
  out << "name = " << quoted(set.name) << "\ncurve = " << quoted(set.curve) << "\nfirst = " << set.first
      << "\nlast = " << set.last << '\n';
  for (const StageEdge &edge : set.edges) {
    out << "\n[[edge]]\nstep = " << edge.step << "\nlow = " << edge.low << "\nhigh = " << edge.high
        << "\nplaced_by = " << (edge.isByHand ? "\"hand\"" : "\"proposal\"") << "\nevidence = [";
    for (std::size_t i = 0; i < edge.evidence.size(); ++i)
      out << (i > 0 ? ", " : "") << quoted(edge.evidence[i]);
    out << "]\nnote = " << quoted(edge.note) << '\n';
  }
  for (std::size_t i = 0; i < set.stages.size(); ++i)
    out << "\n[[stage]] # " << set.startOf(i) << " to " << set.endOf(i)
        << "\nname = " << quoted(set.stages[i].name) << "\ntype = \"" << nameOf(set.stages[i].type)
        << "\"\nnote = " << quoted(set.stages[i].note) << '\n';
  return out.str();
}

StageSet stageSetFromToml(const std::string &text, const std::string &source) {
  toml::table document;
  try {
    document = toml::parse(text, source);
  } catch (const toml::parse_error &error) {
    throw Error(source + ", line " + std::to_string(error.source().begin.line) + ", column " +
                std::to_string(error.source().begin.column) + ": " + std::string(error.description()));
  }
  return SetReader(source).read(document);
}

} // namespace evolute::core

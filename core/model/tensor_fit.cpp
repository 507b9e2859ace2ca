// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/tensor_fit.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <tuple>

#include "core/error.h"

namespace evolute::core {

namespace {

/// Letters to insert, remove or replace. One row at a time: names are short.
std::size_t editDistance(const std::string &a, const std::string &b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// The whole numbers in a name: its layer, as a rule.
std::vector<std::string> numbersIn(const std::string &name) {
  std::vector<std::string> numbers;
  bool inNumber = false;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && !inNumber)
      numbers.emplace_back();
    if (digit)
      numbers.back() += c;
    inNumber = digit;
  }
  return numbers;
}

/// Smaller is nearer.
using Nearness = std::tuple<bool, bool, std::size_t>;
Nearness nearness(const ParameterShape &expected, const ArrayInfo &found) {
  return {expected.shape != found.shape, numbersIn(expected.name) != numbersIn(found.name),
          editDistance(expected.name, found.name)};
}

/// What each expected tensor is in the file, and what is left over.
struct Assignment {
  std::vector<const ArrayInfo *> ofExpected; // null: missing
  std::vector<const ArrayInfo *> unused;
};

Assignment assign(const std::vector<ParameterShape> &expected, const std::vector<ArrayInfo> &found,
                  const TensorMapping &mapping) {
  std::map<std::string_view, const ArrayInfo *> byName;
  for (const ArrayInfo &info : found)
    byName[info.name] = &info;
  std::set<std::string_view> mappedAway;
  for (const auto &[name, inFile] : mapping)
    mappedAway.insert(inFile);
  Assignment assignment;
  std::set<const ArrayInfo *> used;
  for (const ParameterShape &p : expected) {
    const auto mapped = mapping.find(p.name);
    const auto place = byName.find(mapped == mapping.end() ? std::string_view(p.name) : mapped->second);
    const bool taken = mapped == mapping.end() && mappedAway.contains(p.name);
    assignment.ofExpected.push_back(place == byName.end() || taken ? nullptr : place->second);
    used.insert(assignment.ofExpected.back());
  }
  for (const ArrayInfo &info : found)
    if (!used.contains(&info))
      assignment.unused.push_back(&info);
  return assignment;
}

std::vector<std::string> nearestTo(const ParameterShape &expected,
                                   const std::vector<const ArrayInfo *> &unused) {
  constexpr std::size_t kNames = 3;
  std::vector<std::pair<Nearness, std::string>> ranked;
  for (const ArrayInfo *info : unused)
    ranked.emplace_back(nearness(expected, *info), info->name);
  const auto end = ranked.begin() + std::ptrdiff_t(std::min(kNames, ranked.size()));
  std::partial_sort(ranked.begin(), end, ranked.end());
  std::vector<std::string> names;
  for (auto it = ranked.begin(); it != end; ++it)
    names.push_back(it->second);
  return names;
}

/// What the table states; \throws Error naming the key that is missing.
std::int64_t stated(const DescriptionTable &model, const char *key) {
  const std::int64_t value = integerOr(model, key, 0);
  if (value < 1)
    throw Error(std::string("run.toml, [model] ") + key + ": expected a number of 1 or more, found " +
                (model.contains(key) ? std::to_string(value) : "none"));
  return value;
}

Architecture statedArchitecture(const DescriptionTable &model) {
  const std::string family = textOr(model, "family", "");
  if (family == "icl-regression-transformer") {
    IclTransformerConfig c;
    c.taskDimension = stated(model, "task_dimension");
    c.contextPairs = stated(model, "context_pairs");
    c.width = stated(model, "width");
    c.mlpWidth = integerOr(model, "mlp_width", c.width);
    c.heads = stated(model, "heads");
    c.layers = stated(model, "layers");
    c.doubledResidual = booleanOr(model, "doubled_residual", false);
    return c;
  }
  if (family == "attention-only-transformer") {
    DecoderConfig c;
    c.vocabulary = stated(model, "vocabulary");
    c.context = stated(model, "context");
    c.width = stated(model, "width");
    c.heads = stated(model, "heads");
    c.headWidth = integerOr(model, "head_width", c.width / c.heads);
    c.layers = stated(model, "layers");
    return c;
  }
  if (family == "linear-network") {
    LinearNetworkConfig c;
    std::istringstream widths(textOr(model, "widths", "")); // "6-4-6", as `train` writes it
    for (std::string width; std::getline(widths, width, '-');)
      c.widths.push_back(stated({{"widths", std::int64_t(std::atoll(width.c_str()))}}, "widths"));
    if (c.widths.size() < 2)
      throw Error("run.toml, [model] widths: expected two or more (\"6-4-6\"), found \"" +
                  textOr(model, "widths", "") + "\"");
    return c;
  }
  throw Error("run.toml, [model] family: expected linear-network, icl-regression-transformer or "
              "attention-only-transformer with its "
              "sizes, found " +
              (family.empty() ? "none" : family));
}

/// Of the file, each once: several parameters may lie in a fused one.
std::vector<ParameterShape> tensorsOf(const Architecture &architecture) {
  std::vector<ParameterShape> tensors;
  for (const StoredView &view : storedViewsOf(architecture))
    if (std::none_of(tensors.begin(), tensors.end(), [&](const ParameterShape &t) { return t.name == view.tensor; }))
      tensors.push_back({view.tensor, view.shape});
  return tensors;
}

} // namespace

bool TensorFit::fits() const {
  return std::all_of(rows.begin(), rows.end(), [](const TensorFitRow &row) {
    return row.state == TensorFitRow::State::Fits || row.state == TensorFitRow::State::Unused;
  });
}

TensorFit fitTensors(const std::vector<ParameterShape> &expected, const std::vector<ArrayInfo> &found,
                     const TensorMapping &mapping) {
  const Assignment assignment = assign(expected, found, mapping);
  TensorFit fit;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    TensorFitRow row;
    row.expected = expected[i].name;
    row.expectedShape = expected[i].shape;
    if (const ArrayInfo *info = assignment.ofExpected[i]) {
      row.found = info->name;
      row.foundShape = info->shape;
      row.state =
          info->shape == row.expectedShape ? TensorFitRow::State::Fits : TensorFitRow::State::OtherShape;
    } else {
      row.state = TensorFitRow::State::Missing;
    }
    if (row.state != TensorFitRow::State::Fits)
      row.nearest = nearestTo(expected[i], assignment.unused);
    fit.rows.push_back(std::move(row));
  }
  for (const ArrayInfo *info : assignment.unused) {
    TensorFitRow row;
    row.state = TensorFitRow::State::Unused;
    row.found = info->name;
    row.foundShape = info->shape;
    fit.rows.push_back(std::move(row));
  }
  return fit;
}

TensorMapping proposedMapping(const std::vector<ParameterShape> &expected,
                              const std::vector<ArrayInfo> &found, const TensorMapping &mapping) {
  TensorMapping proposal = mapping;
  Assignment assignment = assign(expected, found, mapping);
  struct Pair {
    Nearness nearness;
    std::size_t expected;
    const ArrayInfo *found;
  };
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (const ArrayInfo *info : assignment.unused)
      if (assignment.ofExpected[i] == nullptr) {
        const Nearness how = nearness(expected[i], *info);
        if (!std::get<0>(how) && !std::get<1>(how))
          pairs.push_back({how, i, info});
      }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair &a, const Pair &b) { return a.nearness < b.nearness; });
  std::set<std::size_t> done;
  std::set<const ArrayInfo *> used;
  for (const Pair &pair : pairs) {
    if (done.contains(pair.expected) || used.contains(pair.found))
      continue;
    // Another that is as near, on either side, means doubt.
    const bool doubt = std::any_of(pairs.begin(), pairs.end(), [&](const Pair &other) {
      const bool rivals = (other.expected == pair.expected) != (other.found == pair.found);
      return rivals && other.nearness == pair.nearness && !done.contains(other.expected) &&
             !used.contains(other.found);
    });
    if (doubt)
      continue;
    done.insert(pair.expected);
    used.insert(pair.found);
    proposal[expected[pair.expected].name] = pair.found->name;
  }
  return proposal;
}

std::vector<ParameterShape> expectedTensors(const DescriptionTable &model, const CheckpointFile &file) {
  try {
    return tensorsOf(recognizeArchitecture(model, file));
  } catch (const Error &unknown) {
    try {
      return tensorsOf(statedArchitecture(model));
    } catch (const Error &unstated) {
      throw Error(std::string(unknown.what()) + "; what it should have is not stated either (" +
                  unstated.what() + ")");
    }
  }
}

std::string shapeText(const std::vector<std::int64_t> &shape) {
  std::string text;
  for (const std::int64_t size : shape)
    text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "scalar" : text;
}

} // namespace evolute::core

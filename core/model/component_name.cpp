// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/component_name.h"

#include <algorithm>
#include <charconv>
#include <regex>

#include "core/error.h"

namespace evolute::core {

namespace {

constexpr const char *kWithBias = "+bias";

[[noreturn]] void refuse(const std::string &name, const std::string &sentence) {
  throw Error("component " + name + ": " + sentence);
}

const ParameterShape *find(const std::vector<ParameterShape> &parameters, const std::string &name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const ParameterShape &p) { return p.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

/// The head's slices of W_Q, W_K, W_V and W_O, and the same of b_Q, b_K and b_V.
Component withBiases(Component head, const std::string &name, const std::vector<ParameterShape> &parameters) {
  head.name = name;
  const std::vector<ParameterSlice> matrices = head.slices;
  for (const ParameterSlice &slice : matrices) {
    const std::size_t place = slice.parameter.find(".W_");
    if (place == std::string::npos || slice.dim != 0 || slice.end != slice.begin + 1)
      continue;
    std::string bias = slice.parameter;
    bias[place + 1] = 'b';
    const ParameterShape *found = find(parameters, bias);
    if (found == nullptr || found->shape.size() != 2) // b_O is the layer's
      continue;
    head.slices.push_back({bias, 0, slice.begin, slice.end});
    head.weightCount += found->shape[1];
  }
  if (head.slices.size() == matrices.size())
    refuse(name, "expected a head whose queries, keys and values have biases, found none");
  return head;
}

struct Cut {
  int dim = -1;
  std::int64_t begin = 0, end = 0;
};

/// "" or "@D=B:E".
Cut cutFrom(const std::string &text, const std::string &name) {
  Cut cut;
  if (text.empty())
    return cut;
  const char *const end = text.data() + text.size();
  const auto number = [&](const char *from, auto &value) {
    const auto [rest, error] = std::from_chars(from, end, value);
    return error == std::errc() ? rest : nullptr;
  };
  const char *at = text[0] == '@' ? number(text.data() + 1, cut.dim) : nullptr;
  at = at != nullptr && at != end && *at == '=' ? number(at + 1, cut.begin) : nullptr;
  at = at != nullptr && at != end && *at == ':' ? number(at + 1, cut.end) : nullptr;
  if (at != end || cut.dim < 0)
    refuse(name, "expected /EXPRESSION/ or /EXPRESSION/@DIMENSION=BEGIN:END, found " + text + " behind the expression");
  if (cut.begin >= cut.end)
    refuse(name, "expected a slice of one entry or more, found the empty " + std::to_string(cut.begin) + ":" +
                     std::to_string(cut.end));
  return cut;
}

Component fromExpression(const std::string &name, const std::vector<ParameterShape> &parameters) {
  const std::size_t last = name.rfind('/');
  if (last == 0)
    refuse(name, "expected a second / behind the expression, found none");
  const Cut cut = cutFrom(name.substr(last + 1), name);
  Component component{name, {}, 0};
  try {
    const std::regex expression(name.substr(1, last - 1));
    for (const ParameterShape &p : parameters) {
      if (!std::regex_search(p.name, expression))
        continue;
      component.slices.push_back({p.name, cut.dim, cut.begin, cut.end});
      if (cut.dim < 0) {
        component.weightCount += p.elementCount();
        continue;
      }
      if (std::size_t(cut.dim) >= p.shape.size())
        refuse(name, p.name + ": expected a dimension from 0 to " + std::to_string(p.shape.size() - 1) + ", found " +
                         std::to_string(cut.dim));
      const std::int64_t size = p.shape[std::size_t(cut.dim)];
      if (cut.begin < 0 || cut.end > size)
        refuse(name, p.name + ": expected entries from 0 to " + std::to_string(size - 1) + ", found " +
                         std::to_string(cut.begin) + ":" + std::to_string(cut.end));
      component.weightCount += p.elementCount() / size * (cut.end - cut.begin);
    }
  } catch (const std::regex_error &error) {
    refuse(name, std::string("the expression cannot be read: ") + error.what());
  }
  if (component.slices.empty())
    refuse(name, "expected an expression that is found in the name of a parameter, as " + parameters.front().name +
                     " is; found none that matches");
  return component;
}

} // namespace

bool isWrittenMask(const std::string &name) {
  return name.starts_with('/') || name.ends_with(kWithBias);
}

Component componentNamed(const std::string &name, const std::vector<Component> &components,
                         const std::vector<ParameterShape> &parameters) {
  const auto listed = [&](const std::string &wanted) {
    return std::find_if(components.begin(), components.end(), [&](const Component &c) { return c.name == wanted; });
  };
  if (const auto found = listed(name); found != components.end())
    return *found;
  if (name.starts_with('/'))
    return fromExpression(name, parameters);
  if (name.ends_with(kWithBias))
    if (const auto head = listed(name.substr(0, name.rfind('+'))); head != components.end())
      return withBiases(*head, name, parameters);
  std::string names;
  for (const Component &c : components)
    names += (names.empty() ? "" : ", ") + c.name;
  throw Error("component: expected one of " + names + ", found " + name);
}

} // namespace evolute::core

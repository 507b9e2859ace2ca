// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/model/architectures.h"

namespace evolute::core {

/// The component that a name means. Besides those of componentsOf():
///   L0.H3+bias          a head with the biases of its queries, keys and values
///   /REGEX/             every parameter whose name REGEX is found in (ECMAScript; names as parametersOf() has them)
///   /REGEX/@D=B:E       of these, entries B to E - 1 along dimension D
/// The name says the whole mask, so that what is stored under it stays what it was.
/// \throws Error for a name that means nothing, a broken expression, one that matches no parameter, and for a slice that
/// is empty or lies outside a parameter that it is cut from.
Component componentNamed(const std::string &name, const std::vector<Component> &components,
                         const std::vector<ParameterShape> &parameters);

/// Whether a name is one that needs no entry in componentsOf().
bool isWrittenMask(const std::string &name);

} // namespace evolute::core

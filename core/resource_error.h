// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/error.h"

namespace evolute::core {

/// An Error of the means rather than of the input: a device that is lost, a disk that is full. The next estimate
/// would meet it too, so work waits or ends instead of failing one by one.
class ResourceError : public Error {
public:
  using Error::Error;
};

} // namespace evolute::core

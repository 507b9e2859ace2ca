// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace evolute::core {

/// Whether a text is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool isUtf8(std::string_view text);

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <QString>

#include "core/llc/llc_estimate.h"

namespace evolute::app {

/// Numbers as the window writes them.
QString groupedText(std::int64_t number); ///< "50,000"
QString durationText(double seconds);     ///< "0.4 s", "12 s", "3 min 20 s", "2 h 05 min"; "unknown" for NaN
/// "172.4 ± 2.3": as many decimals as the error's second digit asks for; without a finite error four digits.
QString withErrorText(double value, double error);

/// What there is to say of an estimate: why it ended, and what its verdict rests on. May be empty.
QString remarkOn(const core::LlcEstimate &estimate);

} // namespace evolute::app

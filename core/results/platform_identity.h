// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace evolute::core {

/// What the standard library lacks about where we run. platform_identity.cpp is the only place in
/// core/results with system calls.

std::string hostName();    ///< letters, digits, '.', '-' only; "host" when unknown
std::string processName(); ///< the process number
/// Where a user's programs keep their data ($XDG_DATA_HOME, ~/.local/share and their kin elsewhere); empty
/// when the system names none.
std::filesystem::path userDataFolder();

} // namespace evolute::core

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/platform_identity.h"

#include <array>
#include <cctype>
#include <cstdlib>

#if defined(_WIN32)
#include <process.h>
#else
#include <unistd.h>
#endif

namespace evolute::core {

namespace {

std::filesystem::path folderFrom(const char *variable) {
  const char *value = std::getenv(variable);
  const std::filesystem::path folder = value != nullptr ? value : "";
  return folder.is_absolute() ? folder : std::filesystem::path(); // XDG: relative paths are to be ignored
}

} // namespace

std::string hostName() {
  std::string name;
#if defined(_WIN32)
  if (const char *value = std::getenv("COMPUTERNAME"))
    name = value;
#else
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) == 0)
    name = buffer.data();
#endif
  for (char &c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-')
      c = '_';
  return name.empty() ? "host" : name;
}

std::string processName() {
#if defined(_WIN32)
  return std::to_string(::_getpid());
#else
  return std::to_string(::getpid());
#endif
}

std::filesystem::path userDataFolder() {
  if (const auto folder = folderFrom("XDG_DATA_HOME"); !folder.empty())
    return folder;
#if defined(_WIN32)
  return folderFrom("LOCALAPPDATA");
#else
  const auto home = folderFrom("HOME");
  if (home.empty())
    return {};
#if defined(__APPLE__)
  return home / "Library" / "Application Support";
#else
  return home / ".local" / "share";
#endif
#endif
}

} // namespace evolute::core

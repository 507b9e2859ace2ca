// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>

#include "core/error.h"

namespace evolute::app::cli {

/// Becomes evolute-tokenize, which lies beside this program and gets the same arguments.
ExitCode runCommand(const TokenizeArguments &, const GlobalArguments &, Console &) {
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "evolute-tokenize";
  if (!std::filesystem::exists(program))
    throw core::Error(program.string() +
                      ": expected the program that makes tokens, found none; install libsentencepiece-dev and build again");
  std::ifstream stream("/proc/self/cmdline", std::ios::binary);
  std::string words{std::istreambuf_iterator<char>(stream), {}}; // each ends in a zero
  std::vector<char *> arguments;
  for (std::size_t at = 0; at < words.size(); at += std::char_traits<char>::length(&words[at]) + 1)
    arguments.push_back(&words[at]);
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  throw core::Error(program.string() + ": cannot be run");
}

} // namespace evolute::app::cli

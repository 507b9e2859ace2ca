// SPDX-License-Identifier: GPL-3.0-or-later
// evolute-tokenize: what `evolute-cli tokenize` becomes. SentencePiece brings a protobuf that cannot share a process with
// LibTorch's.
#include "app/cli/commands.h"
#include "app/cli/program.h"

using namespace evolute::app::cli;

int main(int argc, char **argv) {
  return runProgram(argc, argv, [](const Arguments &arguments, Console &console) {
    if (const auto *own = std::get_if<TokenizeArguments>(&arguments.command))
      return runCommand(*own, arguments.global, console);
    throw UsageError("expected \"tokenize\"; evolute-cli has the other commands");
  });
}

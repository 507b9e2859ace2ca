// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/program.h"

using namespace evolute::app::cli;

int main(int argc, char **argv) {
  return runProgram(argc, argv, [](const Arguments &arguments, Console &console) {
    return std::visit([&](const auto &own) { return runCommand(own, arguments.global, console); }, arguments.command);
  });
}

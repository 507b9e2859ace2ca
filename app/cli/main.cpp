// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>

#include "app/cli/commands.h"
#include "app/cli/interruption.h"
#include "app/cli/parse_arguments.h"
#include "core/error.h"

namespace {

using namespace evolute::app::cli;

ExitCode run(const Arguments &arguments) {
  Console console(arguments.global, std::cout, std::cerr);
  const Interruption interruption;
  const auto fail = [&](const std::string &sentence, ExitCode code) {
    console.error(sentence);
    return code;
  };
  try {
    return std::visit([&](const auto &own) { return runCommand(own, arguments.global, console); },
                      arguments.command);
  } catch (const UsageError &error) {
    return fail(error.what(), ExitCode::Usage);
  } catch (const evolute::core::Error &error) {
    return fail(error.what(), ExitCode::BadInput);
  } catch (const std::bad_alloc &) {
    return fail("there is not enough memory for this", ExitCode::BadInput);
  } catch (const std::exception &error) {
    return fail(std::string("this should not have happened: ") + error.what(), ExitCode::Internal);
  }
}

} // namespace

int main(int argc, char **argv) {
  try {
    const auto parsed = parseArguments({argv + 1, argv + argc});
    if (const auto *answer = std::get_if<TextAnswer>(&parsed)) {
      std::cout << answer->text;
      return int(ExitCode::Done);
    }
    return int(run(std::get<Arguments>(parsed)));
  } catch (const UsageError &error) {
    std::cerr << "evolute-cli: " << error.what() << std::endl;
    return int(ExitCode::Usage);
  }
}

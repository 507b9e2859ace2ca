// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/program.h"

#include <iostream>

#include "app/cli/interruption.h"
#include "app/cli/parse_arguments.h"
#include "core/error.h"

namespace evolute::app::cli {

namespace {

ExitCode run(const Arguments &arguments, const std::function<ExitCode(const Arguments &, Console &)> &command) {
  Console console(arguments.global, std::cout, std::cerr);
  const Interruption interruption;
  const auto fail = [&](const std::string &sentence, ExitCode code) {
    console.error(sentence);
    return code;
  };
  try {
    return command(arguments, console);
  } catch (const UsageError &error) {
    return fail(error.what(), ExitCode::Usage);
  } catch (const core::Error &error) {
    return fail(error.what(), ExitCode::BadInput);
  } catch (const std::bad_alloc &) {
    return fail("there is not enough memory for this", ExitCode::BadInput);
  } catch (const std::exception &error) {
    return fail(std::string("this should not have happened: ") + error.what(), ExitCode::Internal);
  }
}

} // namespace

int runProgram(int argc, char **argv, const std::function<ExitCode(const Arguments &, Console &)> &command) {
  try {
    const auto parsed = parseArguments({argv + 1, argv + argc});
    if (const auto *answer = std::get_if<TextAnswer>(&parsed)) {
      std::cout << answer->text;
      return int(ExitCode::Done);
    }
    return int(run(std::get<Arguments>(parsed), command));
  } catch (const UsageError &error) {
    std::cerr << "evolute-cli: " << error.what() << std::endl;
    return int(ExitCode::Usage);
  }
}

} // namespace evolute::app::cli

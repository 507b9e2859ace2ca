// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <iosfwd>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "app/cli/arguments.h"
#include "app/cli/progress_reporter.h"

namespace evolute::app::cli {

/// Where a command's words go: results to `out`, everything else to `err`. With --json `out` gets one
/// document and nothing else, so a command may print() for people without asking.
class Console {
public:
  Console(const GlobalArguments &global, std::ostream &out, std::ostream &err);

  /// The command's one JSON document; nothing without --json. Numbers that are not finite are null.
  void document(const nlohmann::json &document);
  void print(const std::string &text);     ///< for people; nothing with --json
  void note(const std::string &sentence);  ///< a remark on `err`; nothing with --quiet
  void error(const std::string &sentence); ///< on `err`, always
  ProgressReporter &progress() { return m_progress; }

private:
  bool m_json, m_quiet;
  std::ostream &m_out, &m_err;
  ProgressReporter m_progress;
};

} // namespace evolute::app::cli

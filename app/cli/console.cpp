// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"

#include <ostream>

#include <nlohmann/json.hpp>

#include "app/cli/terminal.h"

namespace evolute::app::cli {

namespace {

ProgressStyle styleInForce(const GlobalArguments &global) {
  if (global.quiet)
    return ProgressStyle::None;
  if (global.progress == ProgressStyle::Automatic)
    return isStandardErrorATerminal() ? ProgressStyle::Bar : ProgressStyle::None;
  return global.progress;
}

} // namespace

Console::Console(const GlobalArguments &global, std::ostream &out, std::ostream &err)
    : m_json(global.json), m_quiet(global.quiet), m_out(out), m_err(err),
      m_progress(styleInForce(global), err, terminalWidth()) {}

void Console::document(const nlohmann::json &document) {
  if (!m_json)
    return;
  m_progress.clear();
  // Paths may hold bytes that are no UTF-8; the document stays valid all the same.
  m_out << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

void Console::print(const std::string &text) {
  if (m_json)
    return;
  m_progress.clear();
  m_out << text << std::flush;
}

void Console::note(const std::string &sentence) {
  if (m_quiet)
    return;
  m_progress.clear();
  m_err << sentence << std::endl;
}

void Console::error(const std::string &sentence) {
  m_progress.clear();
  m_err << "evolute-cli: " << sentence << std::endl;
}

} // namespace evolute::app::cli

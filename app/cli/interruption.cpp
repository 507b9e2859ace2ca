// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interruption.h"

#include <csignal>

namespace evolute::app::cli {

namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void noteInterruption(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

} // namespace

Interruption::Interruption() {
  interrupted = 0;
  std::signal(SIGINT, noteInterruption);
  std::signal(SIGTERM, noteInterruption);
}

Interruption::~Interruption() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool Interruption::requested() {
  return interrupted != 0;
}

} // namespace evolute::app::cli

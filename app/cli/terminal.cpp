// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/terminal.h"

#ifdef _WIN32
#include <io.h>
#include <windows.h>
#else
#include <sys/ioctl.h>
#include <unistd.h>
#endif

namespace evolute::app::cli {

namespace {
constexpr int kUsualWidth = 80;
}

#ifdef _WIN32

bool isStandardErrorATerminal() {
  return _isatty(2) != 0;
}

int terminalWidth() {
  CONSOLE_SCREEN_BUFFER_INFO info;
  return GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), &info)
             ? info.srWindow.Right - info.srWindow.Left + 1
             : kUsualWidth;
}

#else

bool isStandardErrorATerminal() {
  return isatty(STDERR_FILENO) != 0;
}

int terminalWidth() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
}

#endif

} // namespace evolute::app::cli

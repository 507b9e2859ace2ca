// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/glob.h"

#include <vector>

namespace evolute::core {

bool globMatches(std::string_view pattern, std::string_view path) {
  // fits[j]: the pattern read so far matches the first j characters of the path. One row per pattern element
  // instead of backtracking, which takes exponential time on patterns like "*a*a*a*b".
  std::vector<char> fits(path.size() + 1, 0);
  fits[0] = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    std::vector<char> next(path.size() + 1, 0);
    if (pattern.substr(i).starts_with("**/")) {
      char open = 0; // a start of parts was reached; each later "/" may end them
      for (std::size_t j = 0; j <= path.size(); ++j) {
        open = open || fits[j];
        next[j] = fits[j] || (open && j > 0 && path[j - 1] == '/');
      }
      i += 2;
    } else if (pattern[i] == '*') {
      char open = 0;
      for (std::size_t j = 0; j <= path.size(); ++j) {
        open = fits[j] || (open && path[j - 1] != '/');
        next[j] = open;
      }
    } else {
      for (std::size_t j = 0; j < path.size(); ++j)
        next[j + 1] = fits[j] && (pattern[i] == '?' ? path[j] != '/' : pattern[i] == path[j]);
    }
    fits = std::move(next);
  }
  return fits.back() != 0;
}

} // namespace evolute::core

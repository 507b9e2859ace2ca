// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/fuzzy_match.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <QString>

namespace evolute::app {

namespace {

constexpr int kLetter = 1;
constexpr int kWordStart = 8;
constexpr int kInARow = 5;
constexpr int kNone = std::numeric_limits<int>::min() / 2;

bool startsWord(QStringView text, qsizetype at) {
  if (at == 0 || !text[at - 1].isLetterOrNumber())
    return true;
  return text[at].isUpper() && text[at - 1].isLower();
}

} // namespace

std::optional<int> fuzzyScore(QStringView query, QStringView text) {
  QString letters;
  for (const QChar c : query)
    if (!c.isSpace())
      letters += c.toLower();
  if (letters.isEmpty())
    return 0;
  // best[j]: the best score of the letters so far with the last of them at text[j]. Taking each letter at
  // its first place would miss "ce" = "Compute Essential" behind an earlier "e".
  const qsizetype n = text.size();
  std::vector<int> best(std::size_t(n), kNone);
  for (qsizetype i = 0; i < letters.size(); ++i) {
    std::vector<int> next(std::size_t(n), kNone);
    int before = kNone; // best of the previous letter at any place before j - 1
    for (qsizetype j = 0; j < n; ++j) {
      if (text[j].toLower() == letters[i]) {
        const int own = kLetter + (startsWord(text, j) ? kWordStart : 0);
        if (i == 0)
          next[std::size_t(j)] = own - int(std::min<qsizetype>(j, 10));
        else if (j > 0)
          next[std::size_t(j)] = std::max(before, best[std::size_t(j - 1)] + kInARow) + own;
      }
      if (j > 0)
        before = std::max(before, best[std::size_t(j - 1)]);
    }
    best = std::move(next);
  }
  const int top = n > 0 ? *std::max_element(best.begin(), best.end()) : kNone;
  if (top < kNone / 2)
    return std::nullopt;
  return top - int(n / 10);
}

} // namespace evolute::app

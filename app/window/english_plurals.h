// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTranslator>

namespace evolute::app {

/// "%n file(s)" becomes "1 file" or "3 files": without a translation Qt would show the "(s)". Install it
/// where no other language is.
class EnglishPlurals : public QTranslator {
public:
  using QTranslator::QTranslator;
  bool isEmpty() const override { return false; }
  QString translate(const char *, const char *sourceText, const char *, int n) const override {
    QString text = QString::fromUtf8(sourceText);
    if (n < 0 || !text.contains(QLatin1String("(s)")))
      return {}; // not ours: Qt goes on to the source text
    return text.replace(QLatin1String("(s)"), n == 1 ? QString() : QStringLiteral("s"));
  }
};

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/plain_text.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return QCoreApplication::translate("PlainText", text);
}

} // namespace

QString groupedText(std::int64_t number) {
  return QLocale(QLocale::English, QLocale::UnitedStates).toString(qlonglong(number));
}

QString durationText(double seconds) {
  if (!std::isfinite(seconds))
    return tr("unknown");
  if (seconds < 9.95)
    return tr("%1 s").arg(seconds, 0, 'f', 1);
  const auto whole = qlonglong(std::llround(seconds));
  if (whole < 60)
    return tr("%1 s").arg(whole);
  if (whole < 3600)
    return whole % 60 == 0 ? tr("%1 min").arg(whole / 60)
                           : tr("%1 min %2 s").arg(whole / 60).arg(int(whole % 60), 2, 10, QChar(u'0'));
  return tr("%1 h %2 min").arg(whole / 3600).arg(int(whole % 3600 / 60), 2, 10, QChar(u'0'));
}

QString withErrorText(double value, double error) {
  if (!std::isfinite(value))
    return tr("no value");
  if (!std::isfinite(error) || error <= 0)
    return QString::number(value, 'g', 4);
  const int decimals = std::clamp(1 - int(std::floor(std::log10(error))), 0, 9);
  return u"%1 ± %2"_s.arg(value, 0, 'f', decimals).arg(error, 0, 'f', decimals);
}

QString remarkOn(const core::LlcEstimate &estimate) {
  const QString message = QString::fromStdString(estimate.message), reason = QString::fromStdString(estimate.verdict.reason);
  return message.isEmpty() || reason.isEmpty() ? message + reason : message + u' ' + reason;
}

} // namespace evolute::app

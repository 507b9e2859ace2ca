// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_style.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QCoreApplication>
#include <QFontDatabase>
#include <QFontInfo>

#include "widgets/figure/figure_source.h"

namespace evolute::widgets {

namespace {

QColor mix(const QColor &a, const QColor &b, double shareOfB) {
  const auto blend = [&](int x, int y) { return int(std::lround(x + (y - x) * shareOfB)); };
  return {blend(a.red(), b.red()), blend(a.green(), b.green()), blend(a.blue(), b.blue())};
}

// Okabe and Ito's colours, the ones told apart best first.
constexpr std::array<QRgb, 8> kOkabeIto = {0xFF0072B2, 0xFFD55E00, 0xFF009E73, 0xFFCC79A7,
                                           0xFFE69F00, 0xFF56B4E9, 0xFF000000, 0xFFF0E442};
// The same hues where the original has too little contrast with the background.
constexpr QRgb kBlueOnDark = 0xFF3D9BE0;
constexpr QRgb kBlackOnDark = 0xFFE8E8E8;
constexpr QRgb kYellowOnLight = 0xFFB8A400;

constexpr std::array<QRgb, 10> kViridis = {0xFF440154, 0xFF482878, 0xFF3E4989, 0xFF31688E, 0xFF26828E,
                                           0xFF1F9E89, 0xFF35B779, 0xFF6ECE58, 0xFFB5DE2B, 0xFFFDE725};

QString withMinus(QString text) {
  return text.replace(QLatin1Char('-'), QChar(0x2212));
}

} // namespace

PlotTheme screenTheme(const QPalette &palette, const QFont &font) {
  PlotTheme theme;
  theme.background = palette.color(QPalette::Base);
  theme.text = palette.color(QPalette::Text);
  // Qt 6.4 does not say which colour scheme is on; the palette does.
  theme.dark = theme.text.lightnessF() > theme.background.lightnessF();
  theme.axis = mix(theme.text, theme.background, 0.35);
  theme.grid = mix(theme.background, theme.text, 0.10);
  theme.cursor = theme.dark ? QColor(0xFF, 0x6B, 0x6B) : QColor(0xC4, 0x1E, 0x3A);
  theme.hover = theme.text;
  theme.font = font;
  theme.font.setPixelSize(std::max(8, qRound(QFontInfo(font).pixelSize() * 0.92)));
  theme.labelFont = theme.font;
  theme.labelFont.setPixelSize(qRound(theme.font.pixelSize() * 1.12));
  theme.titleFont = theme.font;
  theme.titleFont.setBold(true);
  return theme;
}

QString figureFontFamily() {
  for (const char *family : {"Times New Roman", "Liberation Serif", "Nimbus Roman", "TeX Gyre Termes",
                             "STIX Two Text", "STIX", "STIXGeneral", "DejaVu Serif"})
    if (QFontDatabase::hasFamily(QLatin1String(family)))
      return QLatin1String(family);
  return QStringLiteral("Times"); // Qt then takes its nearest
}

PlotTheme figureTheme(const FigureSpec &spec) {
  PlotTheme theme;
  theme.background = spec.transparent ? QColor(Qt::transparent) : QColor(Qt::white);
  theme.text = Qt::black;
  theme.axis = QColor(0x20, 0x20, 0x20);
  theme.grid = QColor(0xE4, 0xE4, 0xE4);
  theme.cursor = QColor(0xC4, 0x1E, 0x3A);
  theme.hover = Qt::black;
  theme.font = QFont(spec.fontFamily.isEmpty() ? figureFontFamily() : spec.fontFamily);
  theme.font.setHintingPreference(QFont::PreferNoHinting); // widths must not depend on the device
  theme.labelFont = theme.titleFont = theme.font;
  theme.font.setPixelSize(std::max(1, qRound(spec.fontPt * kFigureUnitsPerPoint)));
  theme.titleFont.setPixelSize(std::max(1, qRound(spec.titlePt * kFigureUnitsPerPoint)));
  theme.labelFont.setPixelSize(
      std::max(1, qRound(0.5 * (spec.fontPt + spec.titlePt) * kFigureUnitsPerPoint)));
  theme.unit = kFigureUnitsPerInch / 96.0 * std::clamp(spec.fontPt / 9.0, 0.5, 2.0);
  theme.lineWidth = spec.lineWidthPt * kFigureUnitsPerPoint;
  theme.axisWidth = 0.6 * kFigureUnitsPerPoint;
  theme.markerSize = 2.8 * kFigureUnitsPerPoint * std::clamp(spec.lineWidthPt, 0.5, 2.0);
  theme.forFigure = true;
  return theme;
}

QColor seriesColor(int index, int count, bool dark) {
  if (count > int(kOkabeIto.size()))
    return progressColor(double(index) / std::max(1, count - 1), dark);
  const QRgb color = kOkabeIto[std::size_t(index) % kOkabeIto.size()];
  if (dark)
    return QColor(color == kOkabeIto[0] ? kBlueOnDark : color == kOkabeIto[6] ? kBlackOnDark : color);
  return QColor(color == kOkabeIto[7] ? kYellowOnLight : color);
}

QColor viridis(double t) {
  const double place = std::clamp(std::isnan(t) ? 0.0 : t, 0.0, 1.0) * double(kViridis.size() - 1);
  const auto before = std::min(std::size_t(place), kViridis.size() - 2);
  return mix(QColor(kViridis[before]), QColor(kViridis[before + 1]), place - double(before));
}

QColor progressColor(double t, bool dark) {
  const double inside = std::clamp(std::isnan(t) ? 0.0 : t, 0.0, 1.0);
  return viridis(dark ? 0.22 + 0.78 * inside : 0.92 * inside);
}

QColor stageColor(StageKind kind, bool dark) {
  const int alpha = dark ? 46 : 40;
  switch (kind) {
  case StageKind::Rising:
    return {0xE6, 0x7E, 0x22, alpha};
  case StageKind::Falling:
    return {0x2E, 0x86, 0xDE, alpha};
  case StageKind::Other:
    break;
  }
  return {0x80, 0x80, 0x80, alpha - 12};
}

QColor stageLineColor(StageKind kind, int index, bool dark) {
  // Warm, cool and grey, each from dark to light and back, so that what follows one another differs most.
  static constexpr std::array<std::array<QRgb, 4>, 3> kLight = {
      {{0xFFC0392B, 0xFFE08E0B, 0xFF8E3B12, 0xFFE0633A},
       {0xFF1F4E9C, 0xFF1E9BA8, 0xFF5B3FA0, 0xFF3C8DDE},
       {0xFF707070, 0xFFA0A0A0, 0xFF505050, 0xFF888888}}};
  static constexpr std::array<std::array<QRgb, 4>, 3> kDark = {
      {{0xFFFF7B6B, 0xFFFFC04D, 0xFFD9825B, 0xFFFFA07A},
       {0xFF7FA8FF, 0xFF4FD3DE, 0xFFB59CFF, 0xFF6FC3FF},
       {0xFFB0B0B0, 0xFF888888, 0xFFD0D0D0, 0xFF9C9C9C}}};
  const auto &hues = (dark ? kDark : kLight)[std::size_t(kind)];
  return QColor(hues[std::size_t(index) % hues.size()]);
}

QString formatNumber(double value, int digits) {
  if (std::isnan(value))
    return QStringLiteral("–");
  if (std::isinf(value))
    return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e7)) {
    QString text = QString::number(value, 'e', std::max(0, digits - 1));
    const auto e = text.indexOf(QLatin1Char('e'));
    QString mantissa = text.left(e);
    while (mantissa.contains(QLatin1Char('.')) &&
           (mantissa.endsWith(QLatin1Char('0')) || mantissa.endsWith(QLatin1Char('.'))))
      mantissa.chop(1);
    return withMinus(mantissa + QLatin1Char('e') + QString::number(text.mid(e + 1).toInt()));
  }
  const int whole = size < 1 ? 0 : int(std::floor(std::log10(size))) + 1;
  const int decimals =
      size == 0 ? 0
                : std::max(0, whole > 0 ? digits - whole : digits - 1 - int(std::floor(std::log10(size))));
  QString text = QString::number(value, 'f', decimals);
  while (text.contains(QLatin1Char('.')) &&
         (text.endsWith(QLatin1Char('0')) || text.endsWith(QLatin1Char('.'))))
    text.chop(1);
  return withMinus(text);
}

QString formatWithError(double value, double error) {
  if (!std::isfinite(error) || error <= 0 || !std::isfinite(value))
    return formatNumber(value);
  const int decimals = 1 - int(std::floor(std::log10(error)));
  if (decimals > 6 || error >= 1e6)
    return formatNumber(value) + QStringLiteral(" ± ") + formatNumber(error, 2);
  const int shown = std::max(0, decimals);
  return withMinus(QString::number(value, 'f', shown)) + QStringLiteral(" ± ") +
         QString::number(error, 'f', shown);
}

QString formatBytes(std::uint64_t bytes) {
  constexpr std::array<const char *, 5> units = {"B", "kB", "MB", "GB", "TB"};
  double value = double(bytes);
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < units.size(); ++unit)
    value /= 1000;
  return QString::number(value, 'f', unit > 0 && value < 10 ? 1 : 0) + QLatin1Char(' ') +
         QLatin1String(units[unit]);
}

QString formatDuration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0)
    return {};
  const auto total = std::int64_t(std::llround(seconds));
  if (total < 60)
    return QCoreApplication::translate("plot_style", "%1 s").arg(total);
  const auto two = [](std::int64_t n) { return QStringLiteral("%1").arg(n, 2, 10, QLatin1Char('0')); };
  if (total < 3600)
    return QStringLiteral("%1:%2").arg(total / 60).arg(two(total % 60));
  return QStringLiteral("%1:%2:%3").arg(total / 3600).arg(two(total / 60 % 60), two(total % 60));
}

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include <QCoreApplication>
#include <QSize>

#include "widgets/figure/figure_source.h"

namespace evolute::widgets {

namespace {
constexpr double kMmPerInch = 25.4;
constexpr double kSmallestMm = 10, kLargestMm = 2000;
constexpr double kSmallestPt = 2, kLargestPt = 144;
constexpr int kSmallestDpi = 30, kLargestDpi = 2400;
constexpr double kMostPixels = 2e8;

QString text(const char *source) {
  return QCoreApplication::translate("FigureSpec", source);
}
} // namespace

QSize FigureSpec::units() const {
  // Whole points: Qt rounds a PDF page to them, and all formats share one layout.
  const auto points = [](double mm) { return int(std::lround(mm / kMmPerInch * 72.0)); };
  const int perPoint = int(kFigureUnitsPerPoint);
  return {std::max(1, points(widthMm)) * perPoint, std::max(1, points(heightMm)) * perPoint};
}

QSize FigureSpec::pixels() const {
  const auto px = [this](double mm) { return std::max(1, int(std::lround(mm / kMmPerInch * dpi))); };
  return {px(widthMm), px(heightMm)};
}

QString FigureSpec::problem() const {
  const auto outside = [](double value, double low, double high) { return !(value >= low && value <= high); };
  if (outside(widthMm, kSmallestMm, kLargestMm) || outside(heightMm, kSmallestMm, kLargestMm))
    return text("Figure size: expected %1 to %2 mm, found %3 × %4 mm.")
        .arg(kSmallestMm)
        .arg(kLargestMm)
        .arg(widthMm)
        .arg(heightMm);
  if (outside(fontPt, kSmallestPt, kLargestPt) || outside(titlePt, kSmallestPt, kLargestPt))
    return text("Font size: expected %1 to %2 pt, found %3 and %4 pt.")
        .arg(kSmallestPt)
        .arg(kLargestPt)
        .arg(fontPt)
        .arg(titlePt);
  if (outside(lineWidthPt, 0.05, 20))
    return text("Line width: expected 0.05 to 20 pt, found %1 pt.").arg(lineWidthPt);
  if (outside(dpi, kSmallestDpi, kLargestDpi))
    return text("Resolution: expected %1 to %2 dpi, found %3 dpi.")
        .arg(kSmallestDpi)
        .arg(kLargestDpi)
        .arg(dpi);
  if (double(pixels().width()) * pixels().height() > kMostPixels)
    return text("%1 × %2 pixels are too many: lower the resolution or the size.")
        .arg(pixels().width())
        .arg(pixels().height());
  return {};
}

} // namespace evolute::widgets

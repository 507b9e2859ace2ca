// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/head_color.h"

#include <array>
#include <cmath>

namespace evolute::widgets {

namespace {

// Okabe and Ito's order: neighbours differ most; black and yellow changed to be seen on light and on dark.
constexpr std::array<QRgb, 8> kFew{0xFF0072B2, 0xFFD55E00, 0xFF009E73, 0xFFCC79A7,
                                   0xFFE69F00, 0xFF56B4E9, 0xFF808080, 0xFFB8A800};
constexpr double kFirstHue = 0.58;                  // blue; a second layer is orange
constexpr double kDarkest = 0.30, kLightest = 0.68; // of HSL: seen on white and on black

} // namespace

QColor headColor(int layer, int head, int layers, int headsPerLayer) {
  if (layers * headsPerLayer <= int(kFew.size()))
    return QColor(kFew[std::size_t(layer * headsPerLayer + head) % kFew.size()]);
  const double hue = std::fmod(kFirstHue + double(layer) / std::max(1, layers), 1.0);
  const double place = headsPerLayer > 1 ? double(head) / (headsPerLayer - 1) : 0.5;
  return QColor::fromHslF(float(hue), 0.72F, float(kDarkest + place * (kLightest - kDarkest)));
}

} // namespace evolute::widgets

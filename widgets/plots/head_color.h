// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

namespace evolute::widgets {

/// Colour of an attention head, the same in every view, on light and on dark, and in figures. Up to eight
/// heads in all have Okabe and Ito's colours, black as grey; beyond that the layer chooses the hue, the head
/// its lightness. `head` below `headsPerLayer`, `layer` below `layers`.
QColor headColor(int layer, int head, int layers, int headsPerLayer);

} // namespace evolute::widgets

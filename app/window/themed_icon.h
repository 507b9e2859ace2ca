// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

namespace evolute::app {

/// A drawing of resources/icons in the text colour of the application's palette, so that one set serves
/// light and dark windows. The drawings use `#000000` wherever they mean "text colour".
/// GUI thread. An unknown name gives a null icon.
QIcon themedIcon(const QString &name);

/// Same drawing at one size, for labels.
QPixmap themedPixmap(const QString &name, int size, qreal devicePixelRatio = 1.0);

} // namespace evolute::app

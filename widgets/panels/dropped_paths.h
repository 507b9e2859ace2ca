// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

class QMimeData;

namespace evolute::widgets {

/// Local files and folders among what is dragged or dropped; other addresses are left out.
QStringList droppedPaths(const QMimeData *data);

} // namespace evolute::widgets

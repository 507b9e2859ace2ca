// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/dropped_paths.h"

#include <QMimeData>
#include <QUrl>

namespace evolute::widgets {

QStringList droppedPaths(const QMimeData *data) {
  QStringList paths;
  for (const QUrl &url : data->urls())
    if (url.isLocalFile())
      paths << url.toLocalFile();
  return paths;
}

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/themed_icon.h"

#include <QFile>
#include <QGuiApplication>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSvgRenderer>

using namespace Qt::StringLiterals;

/// Resources of a static library are registered only when asked for. Outside every namespace, as Qt wants it.
static void registerDrawings() {
  Q_INIT_RESOURCE(app);
}

namespace evolute::app {

namespace {

QByteArray drawing(const QString &name, const QColor &ink) {
  registerDrawings();
  QFile file(u":/icons/%1.svg"_s.arg(name));
  if (!file.open(QIODevice::ReadOnly))
    return {};
  return file.readAll().replace("#000000", ink.name().toLatin1());
}

QPixmap rendered(const QByteArray &svg, int size, qreal ratio) {
  QPixmap pixmap(QSize(size, size) * ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  QSvgRenderer(svg).render(&painter);
  painter.end();
  pixmap.setDevicePixelRatio(ratio);
  return pixmap;
}

} // namespace

QIcon themedIcon(const QString &name) {
  const QPalette palette = QGuiApplication::palette();
  QIcon icon;
  for (const auto &[mode, group] :
       {std::pair(QIcon::Normal, QPalette::Active), std::pair(QIcon::Disabled, QPalette::Disabled)}) {
    const QByteArray svg = drawing(name, palette.color(group, QPalette::WindowText));
    if (svg.isEmpty())
      return {};
    for (int size : {16, 24, 32, 48})
      icon.addPixmap(rendered(svg, size, 1.0), mode);
  }
  return icon;
}

QPixmap themedPixmap(const QString &name, int size, qreal devicePixelRatio) {
  const QByteArray svg = drawing(name, QGuiApplication::palette().color(QPalette::WindowText));
  return svg.isEmpty() ? QPixmap() : rendered(svg, size, devicePixelRatio);
}

} // namespace evolute::app

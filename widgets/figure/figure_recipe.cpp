// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/figure/figure_recipe.h"

#include <algorithm>

#include <QBuffer>
#include <QImageReader>
#include <QRegularExpression>
#include <QXmlStreamReader>

#include "widgets/figure/figure_export.h"

namespace evolute::widgets {

namespace {

constexpr qsizetype kMostRecipeBytes =
    1 << 20; // packed; no recipe of ours is near it: a bound for hostile files

QString recipeFromPng(const QByteArray &bytes) {
  QBuffer buffer;
  buffer.setData(bytes);
  buffer.open(QIODevice::ReadOnly);
  const QString text = QImageReader(&buffer, "png").text(QLatin1String(kRecipeKey));
  return QString::fromUtf8(QByteArray::fromBase64(text.toLatin1()));
}

QString recipeFromSvg(const QByteArray &bytes) {
  QXmlStreamReader xml(bytes);
  while (!xml.atEnd())
    if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == QLatin1String("metadata") &&
        xml.attributes().value(QLatin1String("id")) == QLatin1String(kRecipeKey))
      return xml.readElementText(QXmlStreamReader::SkipChildElements);
  return {};
}

/// The file embedded in a PDF that QPdfWriter wrote. Not a PDF reader: other programs' files give nothing.
QString recipeFromPdf(const QByteArray &bytes) {
  // <</F (evolute-recipe.toml) /EF <</F 31 0 R>> ... names the object that holds the stream.
  const qsizetype name = bytes.lastIndexOf(QByteArray("/F (") + kRecipeKey);
  const qsizetype reference = name < 0 ? -1 : bytes.indexOf("/EF <</F ", name);
  if (reference < 0)
    return {};
  const qsizetype number = reference + 9;
  const QByteArray object = bytes.mid(number, std::max<qsizetype>(0, bytes.indexOf(' ', number) - number));
  const qsizetype head = bytes.indexOf("\n" + object + " 0 obj\n");
  const qsizetype start = head < 0 ? -1 : bytes.indexOf("stream\n", head);
  const qsizetype end = start < 0 ? -1 : bytes.indexOf("\nendstream", start);
  if (end < 0 || end - start > kMostRecipeBytes)
    return {};
  const QByteArray body = bytes.mid(start + 7, end - start - 7);
  if (!bytes.mid(head, start - head).contains("/FlateDecode"))
    return QString::fromUtf8(body); // Qt leaves short attachments as they are
  // qUncompress wants the length in front; it grows its buffer when that is too small.
  const QByteArray length("\x00\x00\x10\x00", 4);
  return QString::fromUtf8(qUncompress(length + body));
}

QByteArray csvHead() {
  return QByteArray("# ") + kRecipeKey + '\n';
}

QString recipeFromCsv(const QByteArray &bytes) {
  if (!bytes.startsWith(csvHead()))
    return {};
  QStringList lines;
  for (qsizetype at = csvHead().size(); at < bytes.size() && bytes[at] == '#';) {
    const qsizetype end = std::max(bytes.indexOf('\n', at), at);
    lines << QString::fromUtf8(bytes.mid(at + 2, end - at - 2));
    at = end + 1;
  }
  return lines.join(QLatin1Char('\n'));
}

} // namespace

QByteArray svgWithRecipe(const QByteArray &svg, double widthMm, double heightMm, const QString &recipe) {
  QString text = QString::fromUtf8(svg);
  const auto size = [](const char *name, double mm) {
    return QStringLiteral("%1=\"%2mm\"").arg(QLatin1String(name), QString::number(mm, 'g', 10));
  };
  static const QRegularExpression sizes(QStringLiteral("width=\"[0-9.]+mm\" height=\"[0-9.]+mm\""));
  const auto match = sizes.match(text);
  if (match.hasMatch())
    text.replace(match.capturedStart(), match.capturedLength(),
                 size("width", widthMm) + QLatin1Char(' ') + size("height", heightMm));
  if (!recipe.isEmpty()) {
    const qsizetype root = text.indexOf(QLatin1String("<svg"));
    const qsizetype inside = text.indexOf(QLatin1Char('>'), root) + 1;
    // A carriage return would come back as a line feed: XML normalises line ends unless they are escaped.
    const QString escaped = recipe.toHtmlEscaped().replace(QLatin1Char('\r'), QStringLiteral("&#13;"));
    text.insert(
        inside,
        QStringLiteral("\n<metadata id=\"%1\">%2</metadata>").arg(QLatin1String(kRecipeKey), escaped));
  }
  return text.toUtf8();
}

QByteArray csvWithRecipe(const QString &csv, const QString &recipe) {
  if (recipe.isEmpty())
    return csv.toUtf8();
  QString head = QString::fromLatin1(csvHead());
  for (const QString &line : recipe.split(QLatin1Char('\n')))
    head += QStringLiteral("# ") + line + QLatin1Char('\n');
  return (head + csv).toUtf8();
}

bool mayHoldRecipe(const QByteArray &head) {
  return head.startsWith("\x89PNG") || head.startsWith("%PDF") || head.startsWith(csvHead()) ||
         (head.startsWith('<') && head.contains("<svg"));
}

QString recipeFromFigure(const QByteArray &bytes) {
  if (bytes.startsWith("\x89PNG"))
    return recipeFromPng(bytes);
  if (bytes.startsWith("%PDF"))
    return recipeFromPdf(bytes);
  if (bytes.startsWith('#'))
    return recipeFromCsv(bytes);
  return recipeFromSvg(bytes);
}

} // namespace evolute::widgets

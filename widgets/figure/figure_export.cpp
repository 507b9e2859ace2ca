// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/figure/figure_export.h"

#include <array>

#include <QBuffer>
#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>
#include <QMimeData>
#include <QPageLayout>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

#include <qcustomplot.h>

#include "widgets/figure/figure_recipe.h"

namespace evolute::widgets {

namespace {

constexpr double kMetresPerInch = 0.0254;

QByteArray pdfBytes(const FigureSource &source, const FigureSpec &spec, const QString &recipe) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  {
    // The page is the figure: points, since Qt rounds to them, and no margins. The device's unit is the
    // figure unit, so fonts of whole pixels keep their size.
    QPdfWriter writer(&buffer);
    writer.setResolution(kFigureUnitsPerInch);
    const QSizeF points = QSizeF(spec.units()) / kFigureUnitsPerPoint;
    writer.setPageSize(QPageSize(points, QPageSize::Point, QString(), QPageSize::ExactMatch));
    writer.setPageMargins(QMarginsF());
    writer.setTitle(source.figureTitle());
    writer.setCreator(QStringLiteral("Evolute"));
    if (!recipe.isEmpty())
      writer.addFileAttachment(QLatin1String(kRecipeKey) + QStringLiteral(".toml"), recipe.toUtf8(),
                               QStringLiteral("application/toml"));
    QCPPainter painter;
    painter.begin(&writer);
    source.paintFigure(painter, spec);
    painter.end();
  }
  return bytes;
}

QByteArray svgBytes(const FigureSource &source, const FigureSpec &spec, const QString &recipe) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  {
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(kFigureUnitsPerInch);
    generator.setSize(spec.units());
    generator.setViewBox(QRect(QPoint(0, 0), spec.units()));
    generator.setTitle(source.figureTitle().toHtmlEscaped()); // Qt writes it as it is
    QCPPainter painter;
    painter.begin(&generator);
    source.paintFigure(painter, spec);
    painter.end();
  }
  return svgWithRecipe(bytes, spec.widthMm, spec.heightMm, recipe);
}

QByteArray pngBytes(const FigureSource &source, const FigureSpec &spec, const QString &recipe) {
  QImage image = figureImage(source, spec);
  if (!recipe.isEmpty()) // Base64, since Qt turns line ends inside a PNG's text into spaces
    image.setText(QLatin1String(kRecipeKey), QString::fromLatin1(recipe.toUtf8().toBase64()));
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return bytes;
}

} // namespace

QString suffixOf(FigureFormat format) {
  constexpr std::array<const char *, 4> suffixes = {"pdf", "svg", "png", "csv"};
  return QLatin1String(suffixes[std::size_t(format)]);
}

std::optional<FigureFormat> formatFromFileName(const QString &name) {
  for (const auto format : {FigureFormat::Pdf, FigureFormat::Svg, FigureFormat::Png, FigureFormat::Csv})
    if (name.endsWith(QLatin1Char('.') + suffixOf(format), Qt::CaseInsensitive))
      return format;
  return std::nullopt;
}

QByteArray figureBytes(const FigureSource &source, const FigureSpec &spec, FigureFormat format,
                       const QString &recipe) {
  switch (format) {
  case FigureFormat::Pdf:
    return pdfBytes(source, spec, recipe);
  case FigureFormat::Svg:
    return svgBytes(source, spec, recipe);
  case FigureFormat::Png:
    return pngBytes(source, spec, recipe);
  case FigureFormat::Csv:
    return csvWithRecipe(source.tableText(), recipe);
  }
  return {};
}

QString writeFigure(const FigureSource &source, const FigureSpec &spec, FigureFormat format,
                    const QString &fileName, const QString &recipe) {
  if (const QString problem = spec.problem(); !problem.isEmpty() && format != FigureFormat::Csv)
    return problem;
  QSaveFile file(fileName);
  const QByteArray bytes = figureBytes(source, spec, format, recipe);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
    return QCoreApplication::translate("figure_export", "%1: cannot be written (%2).")
        .arg(fileName, file.errorString());
  return {};
}

QImage figureImage(const FigureSource &source, const FigureSpec &spec) {
  const QSize pixels = spec.pixels(), units = spec.units();
  QImage image(pixels, QImage::Format_ARGB32_Premultiplied);
  image.fill(spec.transparent ? Qt::transparent : Qt::white);
  const int perMetre = qRound(spec.dpi / kMetresPerInch);
  QCPPainter painter;
  painter.begin(&image);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing |
                         QPainter::SmoothPixmapTransform);
  painter.scale(double(pixels.width()) / units.width(), double(pixels.height()) / units.height());
  source.paintFigure(painter, spec);
  painter.end();
  // Set afterwards: a painter would scale point-sized fonts by it.
  image.setDotsPerMeterX(perMetre);
  image.setDotsPerMeterY(perMetre);
  return spec.transparent ? image : image.convertToFormat(QImage::Format_RGB32);
}

std::unique_ptr<QMimeData> figureMimeData(const FigureSource &source, const FigureSpec &spec,
                                          const QString &recipe) {
  auto data = std::make_unique<QMimeData>();
  data->setImageData(figureImage(source, spec));
  data->setData(QStringLiteral("image/png"), figureBytes(source, spec, FigureFormat::Png, recipe));
  data->setData(QStringLiteral("image/svg+xml"), figureBytes(source, spec, FigureFormat::Svg, recipe));
  const QString csv = source.tableText();
  data->setData(QStringLiteral("text/csv"), csv.toUtf8());
  data->setText(csv);
  return data;
}

void copyFigure(const FigureSource &source, const FigureSpec &spec, const QString &recipe) {
  QGuiApplication::clipboard()->setMimeData(figureMimeData(source, spec, recipe).release());
}

void copyTable(const FigureSource &source) {
  auto data = std::make_unique<QMimeData>();
  const QString csv = source.tableText();
  data->setData(QStringLiteral("text/csv"), csv.toUtf8());
  data->setText(csv);
  QGuiApplication::clipboard()->setMimeData(data.release());
}

} // namespace evolute::widgets

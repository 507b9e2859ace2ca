// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/figure/figure_export.h"

#include <array>
#include <functional>
#include <utility>

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

QByteArray pdfBytes(FigureDrawing &drawing, const QString &recipe) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  {
    // The page is the figure: points, since Qt rounds to them, and no margins. The device's unit is the
    // figure unit, so fonts of whole pixels keep their size.
    QPdfWriter writer(&buffer);
    writer.setResolution(kFigureUnitsPerInch);
    const QSizeF points = QSizeF(drawing.spec.units()) / kFigureUnitsPerPoint;
    writer.setPageSize(QPageSize(points, QPageSize::Point, QString(), QPageSize::ExactMatch));
    writer.setPageMargins(QMarginsF());
    writer.setTitle(drawing.title);
    writer.setCreator(QStringLiteral("Evolute"));
    if (!recipe.isEmpty())
      writer.addFileAttachment(QLatin1String(kRecipeKey) + QStringLiteral(".toml"), recipe.toUtf8(),
                               QStringLiteral("application/toml"));
    QPainter painter(&writer);
    drawing.picture.play(&painter);
  }
  return bytes;
}

QByteArray svgBytes(FigureDrawing &drawing, const QString &recipe) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  {
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(kFigureUnitsPerInch);
    generator.setSize(drawing.spec.units());
    generator.setViewBox(QRect(QPoint(0, 0), drawing.spec.units()));
    generator.setTitle(drawing.title.toHtmlEscaped()); // Qt writes it as it is
    QPainter painter(&generator);
    drawing.picture.play(&painter);
  }
  return svgWithRecipe(bytes, drawing.spec.widthMm, drawing.spec.heightMm, recipe);
}

/// `paint` draws in figure units.
QImage paintedImage(const FigureSpec &spec, const std::function<void(QCPPainter &)> &paint) {
  const QSize pixels = spec.pixels(), units = spec.units();
  QImage image(pixels, QImage::Format_ARGB32_Premultiplied);
  image.fill(spec.transparent ? Qt::transparent : Qt::white);
  const int perMetre = qRound(spec.dpi / kMetresPerInch);
  QCPPainter painter;
  painter.begin(&image);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing |
                         QPainter::SmoothPixmapTransform);
  painter.scale(double(pixels.width()) / units.width(), double(pixels.height()) / units.height());
  paint(painter);
  painter.end();
  // Set afterwards: a painter would scale point-sized fonts by it.
  image.setDotsPerMeterX(perMetre);
  image.setDotsPerMeterY(perMetre);
  return spec.transparent ? image : image.convertToFormat(QImage::Format_RGB32);
}

QImage imageOf(FigureDrawing &drawing) {
  if (!drawing.pixels.isNull())
    return drawing.pixels;
  return paintedImage(drawing.spec, [&](QCPPainter &painter) { drawing.picture.play(&painter); });
}

QByteArray pngBytes(FigureDrawing &drawing, const QString &recipe) {
  QImage image = imageOf(drawing);
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

FigureDrawing drawFigure(const FigureSource &source, const FigureSpec &spec, FigureFormat format) {
  FigureDrawing drawing{spec, QPicture(), QImage(), source.figureTitle(), source.tableText()};
  if (format == FigureFormat::Csv || !spec.problem().isEmpty())
    return drawing;
  const auto paint = [&](QCPPainter &painter) { source.paintFigure(painter, spec); };
  if (format == FigureFormat::Png && source.needsPixels()) {
    drawing.pixels = paintedImage(spec, paint);
  } else {
    QCPPainter painter;
    painter.begin(&drawing.picture);
    paint(painter);
    painter.end();
  }
  return drawing;
}

QByteArray figureBytes(FigureDrawing drawing, FigureFormat format, const QString &recipe) {
  switch (format) {
  case FigureFormat::Pdf:
    return pdfBytes(drawing, recipe);
  case FigureFormat::Svg:
    return svgBytes(drawing, recipe);
  case FigureFormat::Png:
    return pngBytes(drawing, recipe);
  case FigureFormat::Csv:
    return csvWithRecipe(drawing.table, recipe);
  }
  return {};
}

QByteArray figureBytes(const FigureSource &source, const FigureSpec &spec, FigureFormat format,
                       const QString &recipe) {
  return figureBytes(drawFigure(source, spec, format), format, recipe);
}

QString writeFigure(FigureDrawing drawing, FigureFormat format, const QString &fileName,
                    const QString &recipe) {
  if (const QString problem = drawing.spec.problem(); !problem.isEmpty() && format != FigureFormat::Csv)
    return problem;
  QSaveFile file(fileName);
  const QByteArray bytes = figureBytes(std::move(drawing), format, recipe);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
    return QCoreApplication::translate("figure_export", "%1: cannot be written (%2).")
        .arg(fileName, file.errorString());
  return {};
}

QString writeFigure(const FigureSource &source, const FigureSpec &spec, FigureFormat format,
                    const QString &fileName, const QString &recipe) {
  return writeFigure(drawFigure(source, spec, format), format, fileName, recipe);
}

QImage figureImage(FigureDrawing drawing) {
  return imageOf(drawing);
}

QImage figureImage(const FigureSource &source, const FigureSpec &spec) {
  return figureImage(drawFigure(source, spec, FigureFormat::Png));
}

std::unique_ptr<QMimeData> figureMimeData(const FigureSource &source, const FigureSpec &spec,
                                          const QString &recipe) {
  const FigureDrawing pixels = drawFigure(source, spec, FigureFormat::Png);
  auto data = std::make_unique<QMimeData>();
  data->setImageData(figureImage(pixels));
  data->setData(QStringLiteral("image/png"), figureBytes(pixels, FigureFormat::Png, recipe));
  data->setData(QStringLiteral("image/svg+xml"), figureBytes(source, spec, FigureFormat::Svg, recipe));
  data->setData(QStringLiteral("text/csv"), pixels.table.toUtf8());
  data->setText(pixels.table);
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

// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <memory>

#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QMimeData>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <QXmlStreamReader>

#include <qcustomplot.h>

#include "widgets/figure/export_dialog.h"
#include "widgets/figure/figure_export.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/scree_plot.h"
#include "widgets/plots/trajectory_plot.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {

const QString kRecipe = u"# <recipe> & \"more\" ]]> λ\u0302\nkind = 'curve'\n\tstep = 3\n"_s;

void fill(CurvePlot &plot) {
  CurveSeries series;
  series.id = u"all"_s;
  series.label = u"$\\hat\\lambda$ all"_s;
  for (int step = 0; step <= 1000; step += 50) {
    CurvePoint p;
    p.step = step;
    p.value = step * 0.1;
    series.points.push_back(p);
  }
  plot.setTitle(u"LLC <&> $\\hat\\lambda$"_s);
  plot.setValueLabel(u"$\\hat\\lambda$"_s);
  plot.setSeries({series});
}

} // namespace

class TestFigureExport : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { fill(plot); }

  void pdfPageIsThePaperColumn() {
    const QByteArray pdf = figureBytes(plot, FigureSpec(), FigureFormat::Pdf);
    const auto box =
        QRegularExpression(u"/MediaBox \\[0 0 ([0-9.]+) ([0-9.]+)\\]"_s).match(QString::fromLatin1(pdf));
    QVERIFY(box.hasMatch());
    QCOMPARE(box.captured(1).toDouble(), 234.0); // 82.55 mm = 3.25 in
    QCOMPARE(box.captured(2).toDouble(), 145.0); // 51.15 mm
    QCOMPARE(pdf.count("/Type /Page\n"), 1);
  }

  void pdfFontsAreEmbedded() {
    const QString pdffonts = QStandardPaths::findExecutable(u"pdffonts"_s);
    if (pdffonts.isEmpty())
      QSKIP("pdffonts (poppler-utils) is not installed");
    QTemporaryDir folder;
    const QString name = folder.filePath(u"f.pdf"_s);
    QCOMPARE(writeFigure(plot, FigureSpec(), FigureFormat::Pdf, name), QString());
    QProcess process;
    process.start(pdffonts, {name});
    QVERIFY(process.waitForFinished());
    const QStringList lines = QString::fromUtf8(process.readAllStandardOutput()).trimmed().split(u'\n');
    QVERIFY2(lines.size() > 2, "a figure has text");
    for (qsizetype i = 2; i < lines.size(); ++i)
      QVERIFY2(QRegularExpression(u"Identity-H\\s+yes"_s).match(lines[i]).hasMatch(), qPrintable(lines[i]));
  }

  void svgHasItsSizeInMillimetresAndIsValid() {
    FigureSpec spec;
    spec.heightMm = 51.037; // not a whole number of points
    const QByteArray svg = figureBytes(plot, spec, FigureFormat::Svg, kRecipe);
    QXmlStreamReader xml(svg);
    QVERIFY(xml.readNextStartElement());
    QCOMPARE(xml.attributes().value(u"width"_s).toString(), u"82.55mm"_s);
    QCOMPARE(xml.attributes().value(u"height"_s).toString(), u"51.037mm"_s);
    while (!xml.atEnd())
      xml.readNext();
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QVERIFY(svg.contains("<text")); // text stays text
  }

  void svgHoldsStepZero() {
    QVERIFY(figureBytes(plot, FigureSpec(), FigureFormat::Svg).contains(">0</text>"));
  }

  void pngHasExactPixelsAndItsResolution() {
    const QImage image = QImage::fromData(figureBytes(plot, FigureSpec(), FigureFormat::Png));
    QCOMPARE(image.width(), 975); // 3.25 in at 300 dpi
    QCOMPARE(image.height(), 604);
    QCOMPARE(qRound(image.dotsPerMeterX() * 0.0254), 300);
  }

  void figuresAreRepeatable() {
    for (const auto format : {FigureFormat::Svg, FigureFormat::Png, FigureFormat::Csv})
      QCOMPARE(figureBytes(plot, FigureSpec(), format, kRecipe),
               figureBytes(plot, FigureSpec(), format, kRecipe));
  }

  /// The drawing is recorded once and played for each format: what is seen must be what drawing directly gives.
  void aRecordedDrawingHasThePixelsOfADirectOne() {
    FigureSpec spec;
    spec.dpi = 600;
    TrajectoryData spiral;
    for (int i = 0; i < 60; ++i) {
      spiral.steps.push_back(100 * i);
      spiral.x.push_back(i * std::cos(0.2 * i));
      spiral.y.push_back(i * std::sin(0.2 * i));
    }
    TrajectoryPlot trajectory;
    trajectory.setTrajectory(spiral);
    for (const FigureSource *source :
         {static_cast<const FigureSource *>(&plot), static_cast<const FigureSource *>(&trajectory)}) {
      QImage direct(spec.pixels(), QImage::Format_ARGB32_Premultiplied);
      direct.fill(Qt::white);
      QCPPainter painter;
      painter.begin(&direct);
      painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing |
                             QPainter::SmoothPixmapTransform);
      painter.scale(double(spec.pixels().width()) / spec.units().width(),
                    double(spec.pixels().height()) / spec.units().height());
      source->paintFigure(painter, spec);
      painter.end();
      const QImage recorded = figureImage(*source, spec).convertToFormat(direct.format());
      // Edges of text and markers fall on other fractions of a pixel, most of all with a bare system's fonts; at a quarter
      // of the size that is gone, and a line or label that is missing is not.
      const auto small = [](const QImage &image) {
        return image.scaled(image.size() / 4, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
      };
      const QImage one = small(direct), other = small(recorded);
      int different = 0;
      for (int y = 0; y < one.height(); ++y)
        for (int x = 0; x < one.width(); ++x)
          different += std::abs(qGray(one.pixel(x, y)) - qGray(other.pixel(x, y))) > 64;
      QVERIFY2(different < one.width() * one.height() / 1000, qPrintable(QString::number(different)));
    }
  }

  void aDrawingIsWrittenByAnotherThread() {
    FigureSpec spec;
    spec.dpi = 600;
    for (const auto format : {FigureFormat::Svg, FigureFormat::Png, FigureFormat::Csv}) {
      QByteArray written;
      const std::unique_ptr<QThread> writer(
          QThread::create([&written, format, drawing = drawFigure(plot, spec, format)] {
            written = figureBytes(drawing, format, kRecipe);
          }));
      writer->start();
      QVERIFY(writer->wait());
      QCOMPARE(written, figureBytes(plot, spec, format, kRecipe));
    }
  }

  void theScreensThemeAndSizeDoNotMatter() {
    const QByteArray before = figureBytes(plot, FigureSpec(), FigureFormat::Png);
    QPalette dark;
    dark.setColor(QPalette::Base, Qt::black);
    dark.setColor(QPalette::Text, Qt::white);
    plot.setPalette(dark);
    plot.resize(1234, 222);
    QCOMPARE(figureBytes(plot, FigureSpec(), FigureFormat::Png), before);
    plot.setPalette({});
  }

  void theRecipeComesBack_data() {
    QTest::addColumn<int>("format");
    QTest::newRow("pdf") << int(FigureFormat::Pdf);
    QTest::newRow("svg") << int(FigureFormat::Svg);
    QTest::newRow("png") << int(FigureFormat::Png);
    QTest::newRow("csv") << int(FigureFormat::Csv);
  }
  void theRecipeComesBack() {
    QFETCH(int, format);
    QCOMPARE(recipeFromFigure(figureBytes(plot, FigureSpec(), FigureFormat(format), kRecipe)), kRecipe);
    QCOMPARE(recipeFromFigure(figureBytes(plot, FigureSpec(), FigureFormat(format))), QString());
    const QString large = kRecipe.repeated(2000); // longer than any first guess of a buffer
    QCOMPARE(recipeFromFigure(figureBytes(plot, FigureSpec(), FigureFormat(format), large)), large);
  }

  void foreignBytesHoldNoRecipe() {
    const QByteArray pdf = figureBytes(plot, FigureSpec(), FigureFormat::Pdf, kRecipe);
    for (const QByteArray &bytes :
         {QByteArray(), QByteArray("%PDF-1.4 evolute-recipe"), QByteArray("\x89PNG"),
          QByteArray("<svg><metadata id=\"evolute-recipe\">"), QByteArray("# other\n1,2\n"),
          QByteArray("# evolute-recipe\n")})
      QVERIFY(recipeFromFigure(bytes).isEmpty());
    for (qsizetype cut = 0; cut < pdf.size(); cut += 997)
      recipeFromFigure(pdf.left(cut)); // must not crash
  }

  void theClipboardHasPictureVectorsAndValues() {
    const auto data = figureMimeData(plot, FigureSpec(), kRecipe);
    QVERIFY(data->hasImage());
    QVERIFY(data->hasFormat(u"image/png"_s));
    QVERIFY(data->hasFormat(u"image/svg+xml"_s));
    QCOMPARE(data->text(), plot.tableText());
    copyTable(plot);
    QCOMPARE(QGuiApplication::clipboard()->text(), plot.tableText());
  }

  void transparentMeansTransparent() {
    FigureSpec spec;
    QCOMPARE(figureImage(plot, spec).pixelColor(1, 1), QColor(Qt::white));
    spec.transparent = true;
    QCOMPARE(figureImage(plot, spec).pixelColor(1, 1).alpha(), 0);
  }

  void sizesOutOfReachAreRefusedInASentence() {
    FigureSpec spec;
    spec.widthMm = 3;
    QVERIFY(spec.problem().contains(u"mm"_s));
    QTemporaryDir folder;
    QVERIFY(!writeFigure(plot, spec, FigureFormat::Pdf, folder.filePath(u"f.pdf"_s)).isEmpty());
    QVERIFY(!QFile::exists(folder.filePath(u"f.pdf"_s)));
    spec = FigureSpec();
    spec.widthMm = spec.heightMm = 2000;
    spec.dpi = 2400;
    QVERIFY(spec.problem().contains(u"pixels"_s));
  }

  void aFileThatCannotBeWrittenIsNamed() {
    const QString name = u"/nowhere/at/all/f.png"_s;
    QVERIFY(writeFigure(plot, FigureSpec(), FigureFormat::Png, name).contains(name));
  }

  void endingsNameFormats() {
    QCOMPARE(formatFromFileName(u"a.b.PDF"_s), std::optional(FigureFormat::Pdf));
    QVERIFY(!formatFromFileName(u"a.jpeg"_s));
  }

  void theDialogOffersThePresets() {
    ExportDialog dialog(plot, kRecipe);
    QCOMPARE(dialog.spec().widthMm, 82.55);
    auto *preset = dialog.findChild<QComboBox *>(u"preset"_s);
    QCOMPARE(preset->currentIndex(), 0);
    preset->setCurrentIndex(1);
    Q_EMIT preset->activated(1);
    QCOMPARE(dialog.spec().widthMm, 139.7);
    dialog.findChild<QDoubleSpinBox *>(u"width"_s)->setValue(100);
    QCOMPARE(preset->currentIndex(), 3); // own size
    dialog.setFormat(FigureFormat::Png);
    QCOMPARE(dialog.format(), FigureFormat::Png);
  }

private:
  CurvePlot plot;
};

QTEST_MAIN(TestFigureExport)
#include "tst_figure_export.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QPainter>
#include <QTest>

#include "widgets/figure/figure_source.h"
#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_style.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {

QFont bigFont(const QString &family = {}) {
  QFont font(family);
  font.setPixelSize(48);
  return font;
}

/// Dark pixels above the top of a plain letter: where only a hat can be.
int inkAboveTheLetter(const QString &markup, const QFont &font) {
  constexpr int kBaseline = 80;
  QImage image(120, 110, QImage::Format_RGB32);
  image.fill(Qt::white);
  QPainter painter(&image);
  painter.setPen(Qt::black);
  MathLabel(markup).draw(painter, font, QPointF(40, kBaseline));
  painter.end();
  const int top = kBaseline + int(std::floor(QFontMetricsF(font).tightBoundingRect(u"λ"_s).top())) - 1;
  int ink = 0;
  for (int y = 0; y < top; ++y)
    for (int x = 0; x < image.width(); ++x)
      ink += qGray(image.pixel(x, y)) < 128;
  return ink;
}

} // namespace

class TestMathLabel : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theHatOfLambdaIsInked_data() {
    QTest::addColumn<QString>("markup");
    QTest::addColumn<QString>("family");
    for (const QString &family : {QString(), figureFontFamily()})
      for (const QString &markup : {u"λ\u0302"_s, u"\\hat\\lambda"_s, u"$\\hat{\\lambda}$"_s, u"\\hat{λ}"_s})
        QTest::addRow("%s, %s", qPrintable(markup), qPrintable(family)) << markup << family;
  }
  void theHatOfLambdaIsInked() {
    QFETCH(QString, markup);
    QFETCH(QString, family);
    QVERIFY(inkAboveTheLetter(markup, bigFont(family)) > 20);
  }
  void aLetterWithoutHatHasNone() { QCOMPARE(inkAboveTheLetter(u"\\lambda"_s, bigFont()), 0); }

  void theHatIsInsideTheBoundingBox() {
    const QFont font = bigFont();
    const QRectF box = MathLabel(u"λ\u0302"_s).boundingRect(font);
    QVERIFY(box.top() < MathLabel(u"λ"_s).boundingRect(font).top());
    QImage image(100, 120, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    MathLabel(u"λ\u0302"_s).draw(painter, font, QPointF(20, 90));
    painter.end();
    for (int y = 0; y < int(90 + box.top()) - 1; ++y)
      for (int x = 0; x < image.width(); ++x)
        QVERIFY(qGray(image.pixel(x, y)) > 200);
  }

  void plainTextIsWhatOneWouldType_data() {
    QTest::addColumn<QString>("markup");
    QTest::addColumn<QString>("plain");
    QTest::newRow("metric names keep underscores") << u"train_loss^2"_s << u"train_loss^2"_s;
    QTest::newRow("hat") << u"\\hat\\lambda all"_s << u"λ\u0302 all"_s;
    QTest::newRow("scripts") << u"$L_n(w^*)$"_s << u"L_n(w^*)"_s;
    QTest::newRow("long script") << u"$x_{12}$"_s << u"x_{12}"_s;
    QTest::newRow("Greek") << u"n\\beta"_s << u"nβ"_s;
    QTest::newRow("unknown command") << u"\\frobnicate"_s << u"\\frobnicate"_s;
    QTest::newRow("lone dollar") << u"5 $"_s << u"5 $"_s;
    QTest::newRow("escaped") << u"a\\$b\\\\c"_s << u"a$b\\c"_s;
    QTest::newRow("unclosed brace") << u"{abc"_s << u"{abc"_s;
    QTest::newRow("hat of nothing") << u"\\hat"_s << u"\\hat"_s;
    QTest::newRow("lone backslash") << u"x\\"_s << u"x\\"_s;
    QTest::newRow("empty group") << u"$x_{}$"_s << u"x"_s;
    QTest::newRow("empty") << QString() << QString();
  }
  void plainTextIsWhatOneWouldType() {
    QFETCH(QString, markup);
    QFETCH(QString, plain);
    QCOMPARE(MathLabel(markup).plainText(), plain);
  }

  void scriptsAreSmallerAndLeaveTheLine() {
    const QFont font = bigFont();
    const QRectF plain = MathLabel(u"x"_s).boundingRect(font);
    const QRectF sub = MathLabel(u"$x_n$"_s).boundingRect(font), super = MathLabel(u"$x^n$"_s).boundingRect(font);
    QVERIFY2(sub.bottom() > plain.bottom(), qPrintable(u"%1 %2"_s.arg(sub.bottom()).arg(plain.bottom())));
    QVERIFY2(super.top() < plain.top(), qPrintable(u"%1 %2"_s.arg(super.top()).arg(plain.top())));
    QVERIFY(MathLabel(u"$x_n$"_s).boundingRect(font).width() <
            MathLabel(u"$xn$"_s).boundingRect(font).width());
  }

  void numbersReadWell_data() {
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("zero") << 0.0 << u"0"_s;
    QTest::newRow("four digits") << 172.4361 << u"172.4"_s;
    QTest::newRow("small") << 0.00123456 << u"0.001235"_s;
    QTest::newRow("tiny") << 1.2e-7 << u"1.2e−7"_s;
    QTest::newRow("large") << 2.5e9 << u"2.5e9"_s;
    QTest::newRow("whole") << 50000.0 << u"50000"_s;
    QTest::newRow("negative") << -3.5 << u"−3.5"_s;
    QTest::newRow("none") << std::nan("") << u"–"_s;
  }
  void numbersReadWell() {
    QFETCH(double, value);
    QFETCH(QString, text);
    QCOMPARE(formatNumber(value), text);
  }
  void errorsSetTheDigits() {
    QCOMPARE(formatWithError(172.4361, 2.345), u"172.4 ± 2.3"_s);
    QCOMPARE(formatWithError(172.4361, 23.45), u"172 ± 23"_s);
    QCOMPARE(formatWithError(0.01234, 0.00056), u"0.01234 ± 0.00056"_s);
    QCOMPARE(formatWithError(5.0, std::nan("")), u"5"_s);
  }
  void durationsReadAsClocks() {
    QCOMPARE(formatDuration(45), u"45 s"_s);
    QCOMPARE(formatDuration(760), u"12:40"_s);
    QCOMPARE(formatDuration(3723), u"1:02:03"_s);
    QVERIFY(formatDuration(std::nan("")).isEmpty());
  }

  void seriesColoursDifferAndStandOutOnBothThemes() {
    for (const bool dark : {false, true}) {
      const QColor paper = dark ? QColor(0x1F, 0x21, 0x24) : QColor(Qt::white);
      QSet<QRgb> seen;
      for (int i = 0; i < 8; ++i) {
        const QColor color = seriesColor(i, 8, dark);
        seen.insert(color.rgb());
        QVERIFY2(std::abs(color.lightnessF() - paper.lightnessF()) > 0.15, qPrintable(color.name()));
      }
      QCOMPARE(seen.size(), 8);
    }
  }
  void theThemeFollowsThePaletteAndTheFigureDoesNot() {
    QPalette dark;
    dark.setColor(QPalette::Base, Qt::black);
    dark.setColor(QPalette::Text, Qt::white);
    QVERIFY(screenTheme(dark, QFont()).dark);
    QVERIFY(!figureTheme(FigureSpec()).dark);
    QCOMPARE(figureTheme(FigureSpec()).background, QColor(Qt::white));
    QCOMPARE(figureTheme(FigureSpec()).font.pixelSize(), 32); // 8 pt in quarter points
  }
};

QTEST_MAIN(TestMathLabel)
#include "tst_math_label.moc"

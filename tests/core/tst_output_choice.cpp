// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>

#include <QTest>

#include "core/error.h"
#include "core/trajectory/output_choice.h"

using namespace evolute::core;
using Places = std::vector<std::int64_t>;

class TestOutputChoice : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void allIsEveryOutputOfEverySample() {
    QVERIFY(OutputChoice().isAll());
    QCOMPARE(OutputChoice("all"), OutputChoice());
    QCOMPARE(OutputChoice().places(2, 3, 7), (Places{0, 1, 2, 3, 4, 5}));
  }

  void numbersAndRangesAreTakenFromEachSample() {
    QCOMPARE(OutputChoice("1").places(2, 4, 0), (Places{1, 5}));
    QCOMPARE(OutputChoice("0,2:4").places(2, 4, 0), (Places{0, 2, 3, 4, 6, 7}));
    QCOMPARE(OutputChoice("1:8:3").places(1, 8, 0), (Places{1, 4, 7}));
  }

  void onePositionIsOneOutputOfEachSampleAndStaysWhereItWas() {
    const OutputChoice one("one-position");
    const Places places = one.places(400, 10, 7);
    QCOMPARE(places.size(), std::size_t(400));
    std::set<std::int64_t> seen;
    for (std::int64_t sample = 0; sample < 400; ++sample) {
      QCOMPARE(places[std::size_t(sample)] / 10, sample);
      seen.insert(places[std::size_t(sample)] % 10);
    }
    QCOMPARE(seen.size(), std::size_t(10)); // one missed: 10 * 0.9^400 < 1e-17
    const Places fewer = one.places(100, 10, 7);
    QCOMPARE(Places(places.begin(), places.begin() + 100), fewer);
    QVERIFY(one.places(100, 10, 8) != fewer);
  }

  void whatIsNoChoiceIsNamed_data() {
    QTest::addColumn<QString>("text");
    for (const char *text : {"", "some", "-1", "3:3", "4:2", "0:8:0", "1,", "1:2:3:4", "1.5", "0:"})
      QTest::newRow(text) << QString::fromLatin1(text);
  }
  void whatIsNoChoiceIsNamed() {
    QFETCH(QString, text);
    try {
      const OutputChoice choice(text.toStdString());
      QFAIL("was taken");
    } catch (const Error &error) {
      QVERIFY2(std::string(error.what()).starts_with("outputs: expected"), error.what());
    }
  }

  void aNumberThatNoSampleHasIsNamed() {
    try {
      OutputChoice("0:9").places(2, 8, 0);
      QFAIL("was taken");
    } catch (const Error &error) {
      QVERIFY2(std::string(error.what()).find("a sample has 8") != std::string::npos, error.what());
    }
  }
};

QTEST_GUILESS_MAIN(TestOutputChoice)
#include "tst_output_choice.moc"

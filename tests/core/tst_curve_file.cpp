// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <fstream>

#include <QTemporaryDir>
#include <QTest>

#include "core/error.h"
#include "core/stages/curve_file.h"

using namespace evolute::core;
namespace fs = std::filesystem;

class TestCurveFile : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;

  fs::path write(const char *text) const {
    const fs::path file = fs::path(m_folder.path().toStdString()) / "curve.csv";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
    return file;
  }
  static QString refusal(const std::function<void()> &action) {
    try {
      action();
    } catch (const Error &error) {
      return QString::fromUtf8(error.what());
    }
    return {};
  }

private Q_SLOTS:
  void aPlainTableIsRead() {
    const auto curves =
        readCurves(write("step,llc,llc_se,loss\n0,1,0.5,3\n10,2,,2\n20,4,0.25,1")); // no last newline
    QCOMPARE(curves.size(), std::size_t(2));
    const Curve &llc = curveCalled(curves, "", "curve.csv").curve;
    QCOMPARE(llc.steps, (std::vector<std::int64_t>{0, 10, 20}));
    QCOMPARE(llc.values, (std::vector<double>{1, 2, 4}));
    QCOMPARE(llc.errors[0], 0.5);
    QVERIFY(std::isnan(llc.errors[1]));
    QVERIFY(curveCalled(curves, "loss", "curve.csv").curve.errors.empty());
  }

  void anExportOfWandbIsRead() {
    const auto file =
        write("\"Step\",\"run - a - train/loss\",\"run - a - train/loss__MIN\",\"run - a - "
              "train/loss__MAX\",\"b - train/loss\",\"b - train/loss__MIN\",\"b - train/loss__MAX\"\r\n"
              "\"0\",\"2.5\",\"2.5\",\"2.5\",\"\",\"\",\"\"\r\n"
              "\"100\",\"1.5\",\"1.25\",\"1.75\",\"7\",\"7\",\"7\"\r\n");
    const auto curves = readCurves(file);
    QCOMPARE(curves.size(), std::size_t(2));
    const NamedCurve &b = curveCalled(curves, "b - train/loss", file);
    QCOMPARE(b.run, std::string("b"));
    QCOMPARE(b.metric, std::string("train/loss"));
    QCOMPARE(b.curve.steps, std::vector<std::int64_t>{100});
    QCOMPARE(curves[1].run, std::string("run - a"));
    QCOMPARE(curves[1].curve.values, (std::vector<double>{2.5, 1.5}));
    QVERIFY(refusal([&] {
              curveCalled(curves, "train/loss", file);
            }).contains("found b - train/loss and run - a"));
  }

  void oneRunsExportNeedsNoFullName() {
    const auto curves = readCurves(
        write("\"Step\",\"r - loss\",\"r - loss__MIN\",\"r - loss__MAX\"\n\"5\",\"1\",\"1\",\"1\"\n"));
    QCOMPARE(curveCalled(curves, "loss", "curve.csv").curve.values, std::vector<double>{1});
  }

  void whatCannotBeReadIsSaid() {
    QVERIFY(refusal([&] { readCurves("/no/such/file.csv"); }).contains("cannot read it"));
    QVERIFY(refusal([&] { readCurves(write("epoch,loss\n1,2\n")); }).contains("found the line: epoch,loss"));
    QVERIFY(refusal([&] { readCurves(write("step,note\n1,hello\n")); }).contains("a column of numbers"));
    QVERIFY(refusal([&] {
              readCurves(write("step,component,llc,checkpoint_hash\n1,all,2,abc\n"));
            }).contains("give the run's folder"));
    const auto curves = readCurves(write("step,a,b\n1,2,3\n"));
    QVERIFY(refusal([&] { curveCalled(curves, "c", "f.csv"); }).contains("a curve called c, found a, b"));
    QVERIFY(refusal([&] { curveCalled(curves, "", "f.csv"); }).contains("found a, b"));
    QCOMPARE(readCurves(write("epoch,loss\n1,2\n"), "epoch").size(), std::size_t(1));
  }

  void pointsAreFiniteInLogTimeAndNotTooMany() {
    Curve curve{"c", {-1, 0, 9, 99}, {5, 1, std::nan(""), 3}, {0.1, 0.2, 0.3, std::nan("")}};
    const CurvePoints points = pointsOf(curve);
    QCOMPARE(points.x.size(), Eigen::Index(2));
    QCOMPARE(points.x[0], 0.0);
    QCOMPARE(points.x[1], std::log(100.0));
    QCOMPARE(points.error[0], 0.2);
    QCOMPARE(points.error[1], 0.2); // the largest known of those used
    Curve lengthy{"c", {}, {}, {}};
    for (int i = 0; i < 1000; ++i) {
      lengthy.steps.push_back(i);
      lengthy.values.push_back(2);
      lengthy.errors.push_back(1);
    }
    const CurvePoints fewer = pointsOf(lengthy, 50);
    QVERIFY(fewer.x.size() <= 50 && fewer.x.size() > 20);
    QCOMPARE(fewer.y.minCoeff(), 2.0);
    QVERIFY(std::abs(fewer.error.cwiseAbs2().cwiseInverse().sum() - 1000) < 1e-6); // information is kept
    QVERIFY((fewer.x.tail(fewer.x.size() - 1) - fewer.x.head(fewer.x.size() - 1)).minCoeff() > 0);
  }
};

QTEST_GUILESS_MAIN(TestCurveFile)
#include "tst_curve_file.moc"

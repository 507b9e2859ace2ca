// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <span>

#include <QComboBox>
#include <QStandardItemModel>
#include <QTableView>

#include "app/window/tensor_dialog.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/checkpoint/tensor_mapping_file.h"
#include "core/model/run_model.h"
#include "tests/app/window_fixture.h"
#include "widgets/panels/banner.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;
namespace fs = std::filesystem;

namespace {

/// A linear network 3-2-2 whose tensors go by other names than its layers.
void writeMisnamedRun(const fs::path &folder) {
  fs::create_directories(folder / "checkpoints");
  std::ofstream(folder / "run.toml") << "[run]\nname = \"misnamed\"\ncheckpoints = \"checkpoints/*.safetensors\"\n"
                                        "[model]\nfamily = \"linear-network\"\nwidths = \"3-2-2\"\n"
                                        "[data.train]\nkind = \"linear-teacher\"\nseed = 1\n";
  const std::vector<float> values(6, 0.5F);
  const auto bytes = std::as_bytes(std::span(values));
  for (const int step : {0, 10})
    core::writeSafetensors(folder / "checkpoints" / ("step_" + std::to_string(step) + ".safetensors"),
                           {{{"net.0.matrix", core::DType::F32, {2, 3}}, bytes},
                            {{"net.1.matrix", core::DType::F32, {2, 2}}, bytes.first(16)},
                            {{"counter", core::DType::F32, {1}}, bytes.first(4)}});
}

TensorNames names() {
  return {u"step_10.safetensors"_s,
          {{"layers.0.weight", {2, 3}}, {"layers.1.weight", {2, 2}}},
          {{"net.0.matrix", core::DType::F32, {2, 3}},
           {"net.1.matrix", core::DType::F32, {2, 2}},
           {"counter", core::DType::F32, {1}}},
          {}};
}

QString cell(const TensorDialog &dialog, int row, int column) {
  return dialog.table()->model()->index(row, column).data().toString();
}

} // namespace

class TestWindowTensors : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theTableHoldsWhatIsExpectedAgainstWhatIsThere() {
    const TensorDialog dialog(names());
    QVERIFY2(dialog.summary().contains(u"of 2 expected tensors 2 are missing"_s), qPrintable(dialog.summary()));
    QCOMPARE(dialog.table()->model()->rowCount(), 5);
    QCOMPARE(cell(dialog, 0, TensorDialog::Expected), u"layers.0.weight"_s);
    QCOMPARE(cell(dialog, 0, TensorDialog::ExpectedShape), u"2 × 3"_s);
    QVERIFY2(cell(dialog, 0, TensorDialog::State).contains(u"net.0.matrix"_s),
             qPrintable(cell(dialog, 0, TensorDialog::State)));
    QCOMPARE(dialog.choicesFor("layers.1.weight").front(), u"net.1.matrix"_s); // its shape and number
    QCOMPARE(dialog.choicesFor("layers.1.weight").size(), 3);
  }

  void namesAreChosenAndGivenBack() {
    TensorDialog dialog(names());
    dialog.choose("layers.0.weight", "net.0.matrix");
    QCOMPARE(dialog.mapping(), (core::TensorMapping{{"layers.0.weight", "net.0.matrix"}}));
    QVERIFY(dialog.summary().contains(u"1 are missing"_s));
    dialog.choose("layers.0.weight", "");
    QVERIFY(dialog.mapping().empty());
    dialog.propose();
    QCOMPARE(dialog.mapping(),
             (core::TensorMapping{{"layers.0.weight", "net.0.matrix"}, {"layers.1.weight", "net.1.matrix"}}));
    QVERIFY(dialog.summary().startsWith(u"All 2 expected"_s));
  }

  void aCellIsEditedByKeyboard() {
    TensorDialog dialog(names());
    dialog.show();
    QVERIFY(QTest::qWaitForWindowExposed(&dialog));
    dialog.table()->setCurrentIndex(dialog.table()->model()->index(0, TensorDialog::InFile));
    dialog.table()->edit(dialog.table()->currentIndex());
    auto *box = dialog.table()->findChild<QComboBox *>();
    QVERIFY(box);
    QCOMPARE(box->itemText(1), u"net.0.matrix"_s);
    box->setCurrentIndex(1);
    QTest::keyClick(box, Qt::Key_Return);
    QTRY_COMPARE(dialog.mapping(), (core::TensorMapping{{"layers.0.weight", "net.0.matrix"}}));
  }

  void aMisnamedRunIsMatchedAndOpensAnew() {
    QTemporaryDir folder;
    const fs::path run = fs::path(folder.path().toStdString()) / "run";
    writeMisnamedRun(run);
    test::WindowFixture fixture;
    Numerics numerics = test::quickNumerics();
    numerics.summarizeModel = core::summarizeModel;
    fixture.openWindow(numerics);
    QSignalSpy opened(&fixture.session(), &RunSession::opened);
    fixture.session().open(QString::fromStdString(run.string()));
    QTRY_VERIFY_WITH_TIMEOUT(fixture.session().isModelKnown(), test::kPatienceMs);
    QVERIFY(!fixture.session().model().problem.empty());
    auto *banner = fixture.window().findChild<widgets::Banner *>();
    QTRY_VERIFY(banner->text().contains(QString::fromStdString(fixture.session().model().problem)));
    Q_EMIT banner->actionTriggered();
    TensorDialog *dialog = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((dialog = fixture.window().findChild<TensorDialog *>()), test::kPatienceMs);
    dialog->propose();
    dialog->accept();
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 2, test::kPatienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(fixture.session().isModelKnown(), test::kPatienceMs);
    QCOMPARE(QString::fromStdString(fixture.session().model().problem), QString());
    QCOMPARE(core::storedTensorMapping(run).value().size(), std::size_t(2));
  }
};

QTEST_MAIN(TestWindowTensors)
#include "tst_window_tensors.moc"

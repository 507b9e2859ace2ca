// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>

#include "app/window/compute_llc_dialog.h"
#include "app/window/field_form.h"
#include "app/window/new_training_dialog.h"
#include "core/data/token_writer.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

LlcDialogFacts facts() {
  LlcDialogFacts facts;
  for (std::int64_t step = 0; step <= 1000; step += 10)
    facts.steps.push_back(step);
  for (const char *name : {"all", "L0.H0", "L0.H1"})
    facts.model.components.push_back({name, {}, 10});
  facts.model.slices = {"train"};
  facts.settings = core::llcPresets().front().settings;
  facts.cursorStep = 500;
  return facts;
}

QString problemAt(const QWidget &dialog, const QString &field) {
  const auto *label = dialog.findChild<QLabel *>(u"problem."_s + field);
  return label && !label->isHidden() ? label->text() : QString();
}

QString costOf(const QWidget &dialog) {
  return dialog.findChild<QLabel *>(u"cost"_s)->text();
}

} // namespace

class TestWindowDialogs : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { qRegisterMetaType<core::LlcRequest>(); }

  void aFreshLlcDialogCanStartWithTheDefaultPreset() {
    ComputeLlcDialog dialog(facts());
    dialog.show();
    QVERIFY(dialog.isUsable());
    QCOMPARE(dialog.findChild<QComboBox *>(u"field.preset"_s)->currentText(),
             QString::fromStdString(core::llcPresets().front().name));
    QCOMPARE(dialog.request().settings, core::llcPresets().front().settings);
    QCOMPARE(dialog.request().components, std::vector<std::string>{"all"});
  }

  void eachProblemStandsBesideItsField_data() {
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<bool>("canStart");
    QTest::newRow("step size of 0") << u"stepSize"_s << u"0"_s << false;
    QTest::newRow("step size that is no number") << u"stepSize"_s << u"small"_s << false;
    QTest::newRow("large step size: advice") << u"stepSize"_s << u"0.02"_s << true;
    QTest::newRow("negative localization") << u"localization"_s << u"-1"_s << false;
    QTest::newRow("negative temperature") << u"inverseTemperature"_s << u"-2"_s << false;
    QTest::newRow("seed in words") << u"seed"_s << u"one"_s << false;
  }
  void eachProblemStandsBesideItsField() {
    QFETCH(QString, field);
    QFETCH(QString, typed);
    QFETCH(bool, canStart);
    ComputeLlcDialog dialog(facts());
    dialog.show();
    QVERIFY(problemAt(dialog, field).isEmpty());
    auto *edit = dialog.findChild<QLineEdit *>(u"field."_s + field);
    edit->selectAll();
    QTest::keyClicks(edit, typed);
    QVERIFY(!problemAt(dialog, field).isEmpty());
    QVERIFY(problemAt(dialog, field).startsWith(canStart ? u"⚠"_s : u"✕"_s));
    QCOMPARE(dialog.isUsable(), canStart);
    QCOMPARE(edit->accessibleDescription(), problemAt(dialog, field));
  }

  void theSamplerAndItsOptionsReachTheRequest() {
    ComputeLlcDialog dialog(facts());
    dialog.show();
    auto *pages = dialog.findChild<QTabWidget *>();
    QCOMPARE(pages->tabText(1), u"Advanced"_s);
    const auto edit = [&](const char *field) { return dialog.findChild<QLineEdit *>(u"field."_s + QLatin1String(field)); };
    QVERIFY(edit("friction")->isHidden());
    dialog.findChild<QComboBox *>(u"field.sampler"_s)->setCurrentText(u"baoab"_s);
    QVERIFY(!edit("friction")->isHidden() && edit("rmspropFloor")->isHidden());
    edit("friction")->setText(u"4"_s);
    edit("stepSizeFactors")->setText(u"L0.H*=0.5, unembed=2"_s);
    edit("targetStandardError")->setText(u"0.5"_s);
    const core::LlcSettings settings = dialog.request().settings;
    QCOMPARE(settings.sampler, core::SamplerKind::Baoab);
    QCOMPARE(settings.friction, 4.0);
    QCOMPARE(settings.targetStandardError, 0.5);
    QCOMPARE(settings.stepSizeFactors, (std::vector<core::StepSizeFactor>{{"L0.H*", 0.5}, {"unembed", 2}}));
    QVERIFY(dialog.isUsable());
    QCOMPARE(pages->tabText(1), u"Advanced •"_s);
    edit("stepSizeFactors")->setText(u"L0.H*"_s);
    QVERIFY(!dialog.isUsable());
    QCOMPARE(pages->tabText(1), u"Advanced ✕"_s);
    QVERIFY(!problemAt(dialog, u"stepSizeFactors"_s).isEmpty());
  }

  void theThreeScalesStandBesideTheNumbersTheyComeOf() {
    ComputeLlcDialog dialog(facts());
    dialog.findChild<QLineEdit *>(u"field.stepSize"_s)->setText(u"0.001"_s);
    dialog.findChild<QLineEdit *>(u"field.localization"_s)->setText(u"50"_s);
    dialog.findChild<QLineEdit *>(u"field.inverseTemperature"_s)->setText(u"20"_s);
    QCOMPARE(dialog.findChild<QLabel *>(u"scales"_s)->text(), u"0.01,  0.025,  0.001"_s);
  }

  void problemsOfSeveralFieldsAreShownTogether() {
    ComputeLlcDialog dialog(facts());
    dialog.show();
    dialog.findChild<QSpinBox *>(u"field.drawCount"_s)->setValue(1);
    dialog.findChild<QSpinBox *>(u"field.chainCount"_s)->setValue(0);
    QVERIFY(problemAt(dialog, u"drawCount"_s).contains(u"2 or more"_s));
    QVERIFY(problemAt(dialog, u"chainCount"_s).contains(u"1 to 4096"_s));
    QVERIFY(!dialog.isUsable());
    dialog.findChild<QSpinBox *>(u"field.drawCount"_s)->setValue(100);
    QVERIFY(problemAt(dialog, u"drawCount"_s).isEmpty());
  }

  void choosingAPresetFillsTheFieldsAndEditingLeavesIt() {
    ComputeLlcDialog dialog(facts());
    dialog.show();
    auto *preset = dialog.findChild<QComboBox *>(u"field.preset"_s);
    preset->setCurrentIndex(1);
    Q_EMIT preset->activated(1);
    QCOMPARE(dialog.request().settings.drawCount, core::llcPresets()[1].settings.drawCount);
    QCOMPARE(preset->currentIndex(), 1);
    dialog.findChild<QSpinBox *>(u"field.drawCount"_s)->setValue(77);
    QCOMPARE(preset->currentIndex(), int(core::llcPresets().size()));
  }

  void emptyTemperatureMeansBatchOverItsLogarithm() {
    ComputeLlcDialog dialog(facts());
    dialog.show();
    dialog.findChild<QLineEdit *>(u"field.inverseTemperature"_s)->clear();
    QVERIFY(dialog.isUsable());
    QCOMPARE(dialog.request().settings.inverseTemperature, 0.0);
  }

  void theCostIsCountTimesForecast() {
    ComputeLlcDialog dialog(facts());
    dialog.show();
    QSignalSpy asked(&dialog, &ComputeLlcDialog::forecastWanted);
    QTRY_COMPARE(asked.count(), 1);
    QVERIFY(costOf(dialog).contains(u"measuring"_s));
    dialog.findChild<QSpinBox *>(u"field.count"_s)->setValue(30);
    dialog.showForecast({.secondsPerEstimate = 2.0, .estimates = 30, .stored = 0});
    QVERIFY2(costOf(dialog).contains(u"30 checkpoint"_s) && costOf(dialog).contains(u"about 1 min"_s),
             qPrintable(costOf(dialog)));
    dialog.findChild<QListWidget *>(u"field.components"_s)->item(1)->setCheckState(Qt::Checked);
    QVERIFY2(costOf(dialog).contains(u"about 2 min"_s), qPrintable(costOf(dialog)));
    dialog.findChild<QSpinBox *>(u"field.drawCount"_s)->setValue(999); // the old measurement no longer holds
    QVERIFY(costOf(dialog).contains(u"measuring"_s));
    QTRY_COMPARE(asked.count(), 2);
    dialog.showForecastFailure(u"there is no data"_s);
    QVERIFY(costOf(dialog).contains(u"there is no data"_s));
  }

  void checkpointsAreChosenByRangeAndCount() {
    ComputeLlcDialog dialog(facts());
    dialog.show();
    dialog.findChild<QSpinBox *>(u"field.count"_s)->setValue(5);
    QCOMPARE(dialog.request().steps.size(), std::size_t(5));
    QCOMPARE(dialog.request().steps.front(), std::int64_t(0));
    QCOMPARE(dialog.request().steps.back(), std::int64_t(1000));
    dialog.findChild<QComboBox *>(u"field.range"_s)->setCurrentIndex(1);
    dialog.findChild<QSpinBox *>(u"field.from"_s)->setValue(400);
    dialog.findChild<QSpinBox *>(u"field.to"_s)->setValue(420);
    QCOMPARE(dialog.request().steps, (std::vector<std::int64_t>{400, 410, 420}));
    dialog.findChild<QSpinBox *>(u"field.from"_s)->setValue(991);
    dialog.findChild<QSpinBox *>(u"field.to"_s)->setValue(999);
    QVERIFY(!problemAt(dialog, u"from"_s).isEmpty());
    QVERIFY(!dialog.isUsable());
    dialog.setOnlyCursorStep();
    QCOMPARE(dialog.request().steps, std::vector<std::int64_t>{500});
    QVERIFY(dialog.isUsable());
  }

  void newCheckpointsOfALiveRunAreWantedUnlessToldOtherwise() {
    LlcDialogFacts living = facts();
    QVERIFY(!ComputeLlcDialog(living).isForNewCheckpoints());
    living.isLive = true;
    ComputeLlcDialog dialog(living);
    QVERIFY(dialog.isForNewCheckpoints());
    dialog.setOnlyCursorStep();
    QVERIFY(!dialog.isForNewCheckpoints());
    ComputeLlcDialog other(living);
    other.findChild<QCheckBox *>(u"newCheckpoints"_s)->click();
    QVERIFY(!other.isForNewCheckpoints());
  }

  void anUnknownModelSaysWhyNothingCanBeEstimated() {
    LlcDialogFacts unknown = facts();
    unknown.model = {};
    unknown.model.problem = "The family of this model is not known.";
    ComputeLlcDialog dialog(unknown);
    dialog.show();
    QVERIFY(problemAt(dialog, u"components"_s).contains(u"not known"_s));
    QVERIFY(!dialog.isUsable());
  }

  void theTrainingDialogProposesAFolderAndStarts() {
    QTemporaryDir parent;
    NewTrainingDialog dialog(parent.path());
    dialog.show();
    QVERIFY(dialog.isUsable());
    QCOMPARE(dialog.folder(), parent.filePath(u"demo-seed1"_s));
    dialog.findChild<QLineEdit *>(u"field.seed"_s)->setText(u"7"_s);
    QCOMPARE(dialog.folder(), parent.filePath(u"demo-seed7"_s));
    QCOMPARE(dialog.settings().seed, std::uint64_t(7));
  }

  void theTrainingDialogShowsProblemsBesideTheirFields() {
    QTemporaryDir parent;
    NewTrainingDialog dialog(parent.path());
    dialog.show();
    dialog.findChild<QSpinBox *>(u"field.steps"_s)->setValue(0);
    QVERIFY(!problemAt(dialog, u"steps"_s).isEmpty());
    QVERIFY(!dialog.isUsable());
    dialog.findChild<QSpinBox *>(u"field.steps"_s)->setValue(100);
    QVERIFY(dialog.isUsable());
    QFile file(parent.filePath(u"taken"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    dialog.findChild<QLineEdit *>(u"folder"_s)->setText(file.fileName());
    QVERIFY(problemAt(dialog, u"folder"_s).contains(u"file"_s));
    dialog.findChild<QLineEdit *>(u"folder"_s)->setText(parent.path()); // holds "taken", no run
    QVERIFY(problemAt(dialog, u"folder"_s).contains(u"other files"_s));
    QVERIFY(!dialog.isUsable());
  }

  void theTrainingDialogReadsTheTokensOfALanguageModel() {
    const QTemporaryDir parent;
    const QString tokens = parent.filePath(u"tokens.npy"_s), file = parent.filePath(u"data.toml"_s);
    core::TokenWriter writer(tokens.toStdString(), 16);
    writer.add(std::vector<std::int32_t>(16'000, 7));
    writer.commit();
    QFile description(file);
    QVERIFY(description.open(QIODevice::WriteOnly));
    description.write("[data.train]\nkind = \"tokens\"\npath = \"tokens.npy\"\nvocabulary = 16\n"
                      "[data.prose]\nkind = \"tokens\"\npath = \"tokens.npy\"\nvocabulary = 16\n");
    description.close();

    NewTrainingDialog dialog(parent.path());
    dialog.show();
    const auto shown = [&](const QString &field) {
      return dialog.findChild<QWidget *>(u"field."_s + field)->isVisible();
    };
    QVERIFY(!shown(u"context"_s) && dialog.dataFile().isEmpty());
    auto *task = dialog.findChild<QComboBox *>(u"field.task"_s);
    task->setCurrentText(u"demo-lm"_s);
    Q_EMIT task->activated(task->currentIndex());
    QVERIFY(shown(u"context"_s) && shown(u"modelWidth"_s) && shown(u"vocabulary"_s));
    QVERIFY(!shown(u"taskDimension"_s) && !shown(u"widths"_s));
    QVERIFY(problemAt(dialog, u"data"_s).contains(u"tokenize"_s));
    QVERIFY(!dialog.isUsable());

    auto *data = dialog.findChild<QLineEdit *>(u"dataFile"_s);
    data->setText(parent.filePath(u"none.npy"_s));
    QVERIFY(problemAt(dialog, u"data"_s).contains(u"no such file"_s));
    data->setText(tokens);
    QVERIFY(problemAt(dialog, u"vocabulary"_s).contains(u"does not say"_s));
    QVERIFY(problemAt(dialog, u"data"_s).isEmpty());
    auto *vocabulary = dialog.findChild<QSpinBox *>(u"field.vocabulary"_s);
    vocabulary->setValue(16);
    QVERIFY2(dialog.isUsable(), qPrintable(problemAt(dialog, u"data"_s)));
    QCOMPARE(dialog.settings().language.data.size(), std::size_t(2)); // the last sequences are held out
    vocabulary->setValue(0);

    data->setText(file);
    QVERIFY2(dialog.isUsable(), qPrintable(problemAt(dialog, u"data"_s)));
    const core::TrainSettings settings = dialog.settings();
    QCOMPARE(settings.task, std::string("language-model"));
    QCOMPARE(settings.language.vocabulary, 16);
    QVERIFY(settings.language.data.contains("prose"));
    QCOMPARE(settings.weightDecay, 0.05); // of the preset
    QCOMPARE(dialog.dataFile(), file);
    QVERIFY(dialog.findChild<QLabel *>(u"outcome"_s)->text().contains(u"prose"_s));
    vocabulary->setValue(15); // not the 16 that the data were made for
    QVERIFY2(problemAt(dialog, u"data"_s).contains(u"16"_s), qPrintable(problemAt(dialog, u"data"_s)));
    QVERIFY(!dialog.isUsable());
    vocabulary->setValue(0);
    dialog.findChild<QSpinBox *>(u"field.context"_s)->setValue(1);
    QVERIFY(problemAt(dialog, u"context"_s).contains(u"2 tokens or more"_s));
    dialog.findChild<QSpinBox *>(u"field.context"_s)->setValue(64);
    dialog.findChild<QSpinBox *>(u"field.heads"_s)->setValue(5);
    QVERIFY(problemAt(dialog, u"modelWidth"_s).contains(u"multiple"_s));
    QVERIFY(!dialog.isUsable());
  }

  void numbersAreReadWithAPointInEveryLocale() {
    QLocale::setDefault(QLocale(QLocale::German));
    NumberEdit edit;
    edit.setValue(3e-4);
    QCOMPARE(edit.value(), 3e-4);
    edit.setValue(20.0 / 3.0);
    QCOMPARE(edit.value(), 20.0 / 3.0); // to the last bit: the settings' hash depends on it
    edit.setText(u"1e-3"_s);
    QCOMPARE(edit.value(), 1e-3);
    edit.setText(u"1,5"_s);
    QVERIFY(std::isnan(edit.value()));
    QLocale::setDefault(QLocale::system());
  }
};

QTEST_MAIN(TestWindowDialogs)
#include "tst_window_dialogs.moc"

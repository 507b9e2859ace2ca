// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>

#include "app/window/command_palette.h"
#include "app/window/fuzzy_match.h"
#include "app/window/key_sheet.h"
#include "tests/app/window_fixture.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

QList<QAction *> actionsBelow(const QMenu *menu) {
  QList<QAction *> found;
  for (QAction *action : menu->actions())
    if (action->menu())
      found << actionsBelow(action->menu());
    else if (!action->isSeparator())
      found << action;
  return found;
}

} // namespace

class TestWindowActions : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyActionIsReachableFromTheMenus() {
    test::WindowFixture fixture;
    QList<QAction *> reachable;
    for (QAction *top : fixture.window().menuBar()->actions())
      reachable << actionsBelow(top->menu());
    QVERIFY(fixture.actions().actions().size() > 30);
    for (QAction *action : fixture.actions().actions())
      QVERIFY2(reachable.contains(action), qPrintable(ActionRegistry::idOf(action)));
    QCOMPARE(reachable.size(),
             fixture.actions().actions().size()); // and nothing stands in a menu unregistered
  }

  void everyActionIsInThePalette() {
    test::WindowFixture fixture;
    CommandPalette palette(&fixture.window());
    palette.open(u"Type a command"_s, CommandPalette::commandsOf(fixture.actions()));
    const QStringList shown = palette.shownTexts();
    for (QAction *action : fixture.actions().actions())
      QVERIFY2(shown.contains(ActionRegistry::textOf(action)), qPrintable(ActionRegistry::idOf(action)));
  }

  void everyActionHasTextAndTipAndIsKnownByItsId() {
    test::WindowFixture fixture;
    for (QAction *action : fixture.actions().actions()) {
      const QString id = ActionRegistry::idOf(action);
      QVERIFY2(!ActionRegistry::textOf(action).isEmpty(), qPrintable(id));
      QVERIFY2(action->statusTip().size() > 8, qPrintable(id));
      QVERIFY2(!ActionRegistry::menuOf(action).isEmpty(), qPrintable(id));
      QCOMPARE(fixture.actions().action(id), action);
    }
  }

  void everyButtonOfTheToolBarIsARegisteredAction() {
    test::WindowFixture fixture;
    const auto *bar = fixture.window().findChild<QToolBar *>(u"toolbar.main"_s);
    int buttons = 0;
    for (QAction *action : bar->actions()) {
      if (action->isSeparator() || bar->widgetForAction(action)->inherits("QLabel") ||
          action->text().isEmpty())
        continue;
      ++buttons;
      QVERIFY2(fixture.actions().actions().contains(action), qPrintable(action->text()));
      QVERIFY2(!action->icon().isNull(), qPrintable(action->text()));
    }
    QVERIFY(buttons >= 5);
  }

  void noKeyMeansTwoThings() {
    test::WindowFixture fixture;
    QMap<QString, QString> owners;
    for (QAction *action : fixture.actions().actions())
      for (const QKeySequence &key : action->shortcuts()) {
        QVERIFY2(
            !owners.contains(key.toString()),
            qPrintable(key.toString() + u": "_s + owners[key.toString()] + u", "_s + action->objectName()));
        owners[key.toString()] = action->objectName();
      }
    QVERIFY(owners.size() > 20);
  }

  void noMnemonicMeansTwoThingsInOneMenu() {
    test::WindowFixture fixture;
    QList<QMenu *> menus = fixture.window().menuBar()->findChildren<QMenu *>();
    QVERIFY(menus.size() >= 7);
    for (const QMenu *menu : menus) {
      QSet<QChar> letters;
      for (const QAction *action : menu->actions()) {
        const qsizetype at = action->text().indexOf(u'&');
        if (at < 0)
          continue;
        const QChar letter = action->text()[at + 1].toLower();
        QVERIFY2(!letters.contains(letter), qPrintable(menu->title() + u": "_s + action->text()));
        letters << letter;
      }
    }
  }

  void withoutARunOnlyWhatMakesSenseIsEnabled() {
    test::WindowFixture fixture;
    QVERIFY(fixture.actions().action(u"file.open"_s)->isEnabled());
    QVERIFY(!fixture.actions().action(u"compute.llc"_s)->isEnabled());
    QVERIFY(!fixture.actions().action(u"time.next"_s)->isEnabled());
    QVERIFY(fixture.openRun());
    QVERIFY(fixture.actions().action(u"compute.llc"_s)->isEnabled());
    QVERIFY(fixture.actions().action(u"time.next"_s)->isEnabled());
    QVERIFY(!fixture.actions().action(u"edit.undo"_s)->isEnabled());
  }

  void thePaletteFiltersByLettersInOrder() {
    test::WindowFixture fixture;
    CommandPalette palette(&fixture.window());
    palette.open(u"Type a command"_s, CommandPalette::commandsOf(fixture.actions()));
    auto *query = palette.findChild<QLineEdit *>(u"paletteQuery"_s);
    QTest::keyClicks(query, u"newtr"_s);
    QCOMPARE(palette.shownTexts().value(0), u"New training run"_s);
    query->setText(u"qqqqzz"_s);
    QVERIFY(palette.shownTexts().isEmpty());
    query->clear();
    QCOMPARE(palette.shownTexts().size(), fixture.actions().actions().size());
  }

  void thePaletteRunsACommandByKeyboardAlone() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    fixture.trigger(u"edit.palette"_s);
    auto *palette = fixture.window().findChild<CommandPalette *>();
    QVERIFY(palette->isVisible());
    auto *query = palette->findChild<QLineEdit *>(u"paletteQuery"_s);
    QTest::keyClicks(query, u"checkpoint index"_s);
    QTest::keyClick(query, Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(fixture.window().view().timeAxis(), TimeAxisKind::Index, test::kPatienceMs);
    QVERIFY(!palette->isVisible());
  }

  void aDisabledCommandIsShownButDoesNotRun() {
    test::WindowFixture fixture;
    bool ran = false;
    CommandPalette palette(&fixture.window());
    palette.open({}, {{u"Never"_s, u"Menu"_s, {}, false, [&] { ran = true; }}});
    QCOMPARE(palette.shownTexts(), QStringList{u"Never"_s});
    QTest::keyClick(palette.findChild<QLineEdit *>(), Qt::Key_Return);
    QTest::qWait(20);
    QVERIFY(!ran);
  }

  void theKeySheetNamesEveryKey() {
    test::WindowFixture fixture;
    KeySheet sheet(fixture.actions(), &fixture.window());
    QString text;
    for (const QLabel *label : sheet.findChildren<QLabel *>())
      text += label->text() + u'\n';
    for (const QAction *action : fixture.actions().actions())
      for (const QKeySequence &key : action->shortcuts()) {
        QVERIFY2(text.contains(key.toString(QKeySequence::NativeText).toHtmlEscaped()),
                 qPrintable(key.toString()));
        QVERIFY2(text.contains(ActionRegistry::textOf(action)), qPrintable(action->objectName()));
      }
  }

  void fuzzyScoresPreferWordStarts_data() {
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("better");
    QTest::addColumn<QString>("worse");
    QTest::newRow("starts of words") << u"cf"_s << u"Copy figure"_s << u"Scaffold"_s;
    QTest::newRow("letters in a row") << u"pan"_s << u"Expand"_s << u"Explain"_s;
    QTest::newRow("beginning of the text") << u"open"_s << u"Open run"_s << u"Show all, then open"_s;
    QTest::newRow("the shorter text") << u"fit"_s << u"Fit pane"_s << u"Fit every pane of all windows"_s;
  }
  void fuzzyScoresPreferWordStarts() {
    QFETCH(QString, query);
    QFETCH(QString, better);
    QFETCH(QString, worse);
    const auto high = fuzzyScore(query, better), low = fuzzyScore(query, worse);
    QVERIFY(high && low);
    QVERIFY2(*high > *low, qPrintable(u"%1 against %2"_s.arg(*high).arg(*low)));
  }

  void fuzzyNeedsAllLettersInOrder() {
    QVERIFY(!fuzzyScore(u"ba", u"ab"));
    QVERIFY(!fuzzyScore(u"x", u""));
    QVERIFY(!fuzzyScore(u"aa", u"a"));
    QCOMPARE(*fuzzyScore(u"  ", u"anything"), 0);
    QVERIFY(fuzzyScore(u"LR", u"learning rate"));
  }
};

QTEST_MAIN(TestWindowActions)
#include "tst_window_actions.moc"

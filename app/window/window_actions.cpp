// SPDX-License-Identifier: GPL-3.0-or-later
// The one list of the window's commands. Menus, toolbar, palette, key sheet and tests read it.
#include <QMainWindow>
#include <QUndoStack>

#include "app/jobs/job_queue.h"
#include "app/session/live_estimates.h"
#include "app/session/run_session.h"
#include "app/session/session_store.h"
#include "app/window/action_registry.h"
#include "app/window/demo_run.h"
#include "app/window/overview.h"
#include "app/window/stage_actions.h"
#include "app/window/window_commands.h"
#include "app/window/window_layout.h"
#include "widgets/plots/curve_plot.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return WindowCommands::tr(text);
}

void addFileActions(ActionRegistry &registry, WindowCommands &c) {
  const WindowParts &p = c.parts();
  const QString menu = tr("&File");
  const auto run = [&c] { return c.hasRun(); };
  registry.add({u"file.open"_s,
                menu,
                tr("&Open run…"),
                tr("Open the folder of a training run"),
                {QKeySequence::Open},
                u"open"_s,
                [&c] { c.chooseRun(); }});
  registry.add({u"file.open-family"_s,
                menu,
                tr("Open &family of runs…"),
                tr("Compare the runs in one folder: a sweep over tasks, seeds or learning rates"),
                {QKeySequence(u"Ctrl+Alt+O"_s)},
                {},
                [&c] { c.chooseFamily(); }});
  registry.add({u"file.recent"_s,
                menu,
                tr("Open &recent run…"),
                tr("Choose among the runs opened last"),
                {QKeySequence(u"Ctrl+Shift+O"_s)},
                {},
                [&c] { c.chooseRecent(); },
                [p] { return !p.store->recentRuns().empty(); }});
  registry.add({u"file.demo"_s,
                menu,
                tr("Open the &demo"),
                tr("Watch a small transformer learn in context, live"),
                {},
                u"demo"_s,
                [p] { p.demo->start(); }});
  registry.add({u"file.train"_s,
                menu,
                tr("&New training run…"),
                tr("Train a built-in task and follow it from its first checkpoint"),
                {QKeySequence::New},
                u"train"_s,
                [&c] { c.startTraining(); }});
  registry.add({u"file.close"_s,
                menu,
                tr("&Close run"),
                tr("Close the run; what was computed is kept"),
                {QKeySequence(u"Ctrl+W"_s)},
                {},
                [p] { p.session->close(); },
                run});
  registry.add({.id = u"file.tensors"_s,
                .menu = menu,
                .text = tr("Match &tensors…"),
                .tip = tr("Names of tensors in the files beside those that the model expects"),
                .handler = [&c] { c.matchTensors(); },
                .enabledWhen = [&c] { return c.hasCheckpoints(); }});
  registry.add({.id = u"file.save-layout"_s,
                .menu = menu,
                .text = tr("Sa&ve layout…"),
                .tip = tr("Keep panes, sizes and axis in a file that colleagues can load"),
                .handler = [&c] { c.saveLayout(); },
                .enabledWhen = run,
                .startsGroup = true});
  registry.add({.id = u"file.load-layout"_s,
                .menu = menu,
                .text = tr("&Load layout…"),
                .tip = tr("Arrange the window as a layout file says"),
                .handler = [&c] { c.loadLayout(); },
                .enabledWhen = run});
  registry.add({.id = u"file.quit"_s,
                .menu = menu,
                .text = tr("&Quit"),
                .tip = tr("Leave Evolute"),
                .shortcuts = {QKeySequence(u"Ctrl+Q"_s)},
                .handler = [p] { p.window->close(); },
                .startsGroup = true});
}

void addEditActions(ActionRegistry &registry, WindowCommands &c) {
  const WindowParts &p = c.parts();
  const QString menu = tr("&Edit");
  registry.add({u"edit.undo"_s,
                menu,
                tr("&Undo"),
                tr("Take back the last change of the view"),
                {QKeySequence(u"Ctrl+Z"_s)},
                u"undo"_s,
                [p] { p.undo->undo(); },
                [p] { return p.undo->canUndo(); }});
  registry.add({u"edit.redo"_s,
                menu,
                tr("&Redo"),
                tr("Do again what was taken back"),
                {QKeySequence(u"Ctrl+Shift+Z"_s), QKeySequence(u"Ctrl+Y"_s)},
                u"redo"_s,
                [p] { p.undo->redo(); },
                [p] { return p.undo->canRedo(); }});
  registry.add({.id = u"edit.find"_s,
                .menu = menu,
                .text = tr("&Find in browser"),
                .tip = tr("Filter metrics, components and estimates by name"),
                .shortcuts = {QKeySequence(u"Ctrl+P"_s)},
                .handler = [&c] { c.findItem(); },
                .enabledWhen = [&c] { return c.hasRun(); },
                .startsGroup = true});
  registry.add({u"edit.palette"_s,
                menu,
                tr("&Command palette…"),
                tr("Find any command by a few letters"),
                {QKeySequence(u"Ctrl+Shift+P"_s)},
                u"palette"_s,
                [&c, &registry] { c.showPalette(registry); }});
}

void addAxisActions(ActionRegistry &registry, WindowCommands &c) {
  const QString menu = tr("&View/Time &axis");
  const auto axis = [&](const QString &id, const QString &text, const QString &tip, TimeAxisKind kind,
                        const QString &key) {
    registry.add({.id = id,
                  .menu = menu,
                  .text = text,
                  .tip = tip,
                  .shortcuts = {QKeySequence(key)},
                  .handler = [&c, kind] { c.setAxis(kind); },
                  .checkedWhen = [&c, kind] { return c.parts().view->timeAxis() == kind; }});
  };
  axis(u"view.axis-log"_s, tr("&log(1 + t)"), tr("Logarithmic training time with step 0 in view"),
       TimeAxisKind::LogPlusOne, u"Alt+1"_s);
  axis(u"view.axis-linear"_s, tr("L&inear"), tr("Training steps at one scale"), TimeAxisKind::Linear,
       u"Alt+2"_s);
  axis(u"view.axis-index"_s, tr("Checkpoint i&ndex"), tr("Checkpoints at equal distances"),
       TimeAxisKind::Index, u"Alt+3"_s);
}

void addViewActions(ActionRegistry &registry, WindowCommands &c) {
  const WindowParts &p = c.parts();
  const QString menu = tr("&View");
  const auto run = [&c] { return c.hasRun(); };
  addAxisActions(registry, c);
  addEdActions(registry, c);
  registry.add({u"view.fit"_s,
                menu,
                tr("&Fit pane"),
                tr("Show all data of the focused pane"),
                {QKeySequence(u"F"_s)},
                u"fit"_s,
                [&c] { c.focusedPane()->fit(); },
                run});
  registry.add({.id = u"view.fit-all"_s,
                .menu = menu,
                .text = tr("Fit a&ll panes"),
                .tip = tr("Show all data everywhere"),
                .shortcuts = {QKeySequence(u"Shift+F"_s)},
                .handler =
                    [p] {
                      for (const Overview::NamedPane &named : p.overview->panes())
                        named.pane->fit();
                    },
                .enabledWhen = run});
  registry.add({u"view.table"_s,
                menu,
                tr("Show as &table"),
                tr("The values of the focused pane instead of its plot"),
                {QKeySequence(u"T"_s)},
                u"table"_s,
                [&c] { c.toggleTable(); },
                run,
                [&c] { return c.isTableShown(); }});
  registry.add({u"view.log-values"_s,
                menu,
                tr("Lo&garithmic values"),
                tr("Logarithmic value axis of the focused pane"),
                {QKeySequence(u"Y"_s)},
                {},
                [&c] { c.toggleLogValues(); },
                [&c] { return c.hasRun() && qobject_cast<widgets::CurvePlot *>(c.focusedPane()); },
                [&c] { return c.isLogValues(); }});
  registry.add({u"view.maximise"_s,
                menu,
                tr("&Maximise pane"),
                tr("Give the focused pane all the room, or give it back"),
                {QKeySequence(u"F11"_s)},
                u"maximize"_s,
                [&c] { c.toggleMaximised(); },
                run,
                [&c] { return c.isMaximised(); }});
  for (const Overview::NamedPane &named : p.overview->panes())
    registry.add({.id = u"view.pane-"_s + named.id,
                  .menu = tr("&View/&Panes"),
                  .text = named.title,
                  .tip = tr("Show or hide the pane “%1”").arg(named.title),
                  .handler = [&c, id = named.id] { c.togglePane(id); },
                  .enabledWhen = run,
                  .checkedWhen = [&c, id = named.id] { return c.isPaneVisible(id); }});
  registry.add({.id = u"view.next-tab"_s,
                .menu = menu,
                .text = tr("&Next tab"),
                .tip = tr("From one tab to the next"),
                .shortcuts = {QKeySequence(u"Ctrl+Tab"_s)},
                .handler = [&c] { c.nextTab(); },
                .enabledWhen = run});
  registry.add({.id = u"view.heads"_s,
                .menu = menu,
                .text = tr("&Heads"),
                .tip = tr("λ̂ of each attention head over training"),
                .shortcuts = {QKeySequence(u"Ctrl+H"_s)},
                .handler = [&c] { c.showHeads(); },
                .enabledWhen = run});
  const std::pair<QString, QString> docks[] = {{u"browser"_s, tr("&Browser")},
                                               {u"inspector"_s, tr("&Inspector")},
                                               {u"timeline"_s, tr("Time&line")},
                                               {u"jobs"_s, tr("&Jobs")}};
  int number = 0;
  for (const auto &[name, text] : docks)
    registry.add({.id = u"view.dock-"_s + name,
                  .menu = tr("&View/&Docks"),
                  .text = text,
                  .tip = tr("Show or hide the %1").arg(QString(text).remove(u'&').toLower()),
                  .shortcuts = {QKeySequence(u"Ctrl+%1"_s.arg(++number))},
                  .handler = [&c, id = u"dock."_s + name] { c.togglePane(id); },
                  .enabledWhen = run,
                  .checkedWhen = [&c, id = u"dock."_s + name] { return c.isPaneVisible(id); }});
  registry.add({.id = u"view.reset"_s,
                .menu = menu,
                .text = tr("&Reset layout"),
                .tip = tr("Docks and panes as at the first start"),
                .handler = [p] { p.layout->reset(); },
                .enabledWhen = run,
                .startsGroup = true});
}

void addTimeActions(ActionRegistry &registry, WindowCommands &c) {
  const WindowParts &p = c.parts();
  const QString menu = tr("&Time");
  const auto some = [&c] { return c.hasCheckpoints(); };
  const auto move = [&](const QString &id, const QString &text, const QString &tip, const QString &key,
                        int by, const QString &icon) {
    registry.add({id, menu, text, tip, {QKeySequence(key)}, icon, [&c, by] { c.stepCursor(by); }, some});
  };
  move(u"time.next"_s, tr("&Next checkpoint"), tr("Move the time cursor one checkpoint on"), u"Right"_s, 1,
       u"next"_s);
  move(u"time.previous"_s, tr("&Previous checkpoint"), tr("Move the time cursor one checkpoint back"),
       u"Left"_s, -1, u"previous"_s);
  move(u"time.next-10"_s, tr("Ten checkpoints &on"), tr("Move the time cursor ten checkpoints on"),
       u"PgDown"_s, 10, {});
  move(u"time.previous-10"_s, tr("Ten checkpoints &back"), tr("Move the time cursor ten checkpoints back"),
       u"PgUp"_s, -10, {});
  registry.add({u"time.first"_s,
                menu,
                tr("&First checkpoint"),
                tr("Move the time cursor to the first checkpoint"),
                {QKeySequence(u"Home"_s)},
                u"first"_s,
                [&c] { c.cursorToEnd(false); },
                some});
  registry.add({u"time.last"_s,
                menu,
                tr("&Last checkpoint"),
                tr("Move the time cursor to the last checkpoint"),
                {QKeySequence(u"End"_s)},
                u"last"_s,
                [&c] { c.cursorToEnd(true); },
                some});
  registry.add({.id = u"time.follow"_s,
                .menu = menu,
                .text = tr("Follo&w the run"),
                .tip = tr("The time cursor goes to each new checkpoint"),
                .shortcuts = {QKeySequence(u"Ctrl+Shift+F"_s)},
                .icon = u"follow"_s,
                .handler = [p] { p.session->setFollow(!p.session->isFollowing()); },
                .enabledWhen = [&c] { return c.hasRun(); },
                .checkedWhen = [p] { return p.session->isFollowing(); },
                .startsGroup = true});
}

void addComputeActions(ActionRegistry &registry, WindowCommands &c) {
  const WindowParts &p = c.parts();
  const QString menu = tr("&Compute");
  const auto some = [&c] { return c.hasCheckpoints(); };
  const auto obstacle = [p] { return p.session->llcObstacle(); };
  registry.add({.id = u"compute.compare"_s,
                .menu = tr("&Compute"),
                .text = tr("Co&mpare runs"),
                .tip = tr("Go to the runs that are compared"),
                .handler = [&c] { c.compare(); },
                .enabledWhen = [&c] { return c.hasRun(); }});
  registry.add({u"compute.calibrate"_s,
                menu,
                tr("&Calibrate…"),
                tr("Find sampler settings that can be trusted on this run"),
                {QKeySequence(u"Ctrl+K"_s)},
                u"calibrate"_s,
                [&c] { c.calibrate(); },
                some});
  registry.add({.id = u"compute.llc"_s,
                .menu = menu,
                .text = tr("Compute &LLC…"),
                .tip = tr("Estimate the local learning coefficient over checkpoints"),
                .shortcuts = {QKeySequence(u"Ctrl+L"_s)},
                .icon = u"llc"_s,
                .handler = [&c] { c.computeLlc(false); },
                .obstacle = obstacle});
  registry.add({.id = u"compute.llc-here"_s,
                .menu = menu,
                .text = tr("Compute LLC &here…"),
                .tip = tr("Estimate the local learning coefficient at the time cursor"),
                .shortcuts = {QKeySequence(u"Ctrl+Shift+L"_s)},
                .icon = u"here"_s,
                .handler = [&c] { c.computeLlc(true); },
                .obstacle = obstacle});
  registry.add(
      {.id = u"compute.llc-live"_s,
       .menu = menu,
       .text = tr("LLC of each ne&w checkpoint"),
       .tip = tr("Estimate what training writes from now on, with the settings of the last estimates"),
       .handler = [&c] { c.toggleLiveEstimates(); },
       .enabledWhen = [&c] { return c.hasRun(); },
       .checkedWhen = [p] { return p.liveEstimates->isOn(); }});
  registry.add({u"compute.promote"_s,
                menu,
                tr("Compute this one &next"),
                tr("The checkpoint at the cursor goes to the front of the running LLC job"),
                {QKeySequence(u"N"_s)},
                {},
                [p] { p.session->promote(p.session->cursor()); },
                [&c, p] { return c.hasCheckpoints() && p.jobs->isBusy(); }});
  registry.add({u"compute.ed"_s,
                menu,
                tr("Essential &dynamics"),
                tr("Go to the trajectory of the model's outputs; it is computed by itself"),
                {QKeySequence(u"Ctrl+D"_s)},
                u"ed"_s,
                [&c] { c.showPane(u"ed.space"_s); },
                [&c] { return c.hasRun(); }});
  registry.add({.id = u"compute.stop"_s,
                .menu = menu,
                .text = tr("&Stop all jobs"),
                .tip = tr("Stop what is being computed; finished estimates are kept"),
                .icon = u"stop"_s,
                .handler = [p] { p.jobs->cancelAll(); },
                .enabledWhen = [p] { return p.jobs->isBusy(); },
                .startsGroup = true});
}

void addFigureActions(ActionRegistry &registry, WindowCommands &c) {
  const QString menu = tr("Fi&gure");
  const auto drawn = [&c] { return c.hasRun() && !c.focusedPane()->isEmpty(); };
  registry.add({u"figure.export"_s,
                menu,
                tr("&Export figure…"),
                tr("Write the focused pane as PDF, SVG, PNG or CSV"),
                {QKeySequence(u"Ctrl+E"_s)},
                u"export"_s,
                [&c] { c.exportFigure(c.focusedPane()); },
                drawn});
  registry.add({.id = u"figure.film"_s,
                .menu = menu,
                .text = tr("Trajectory &film…"),
                .tip = tr("Write the trajectory in space along time, as a film or as PNG frames"),
                .handler = [&c] { c.exportFilm(); },
                .enabledWhen = [&c] { return c.hasSpace(); }});
  registry.add({u"figure.copy"_s,
                menu,
                tr("&Copy figure"),
                tr("Copy the focused pane as a picture"),
                {QKeySequence(u"Ctrl+C"_s)},
                {},
                [&c] { c.copyFigure(c.focusedPane()); },
                drawn});
  registry.add({u"figure.copy-data"_s,
                menu,
                tr("Copy &data"),
                tr("Copy the values of the focused pane as CSV"),
                {QKeySequence(u"Ctrl+Shift+C"_s)},
                {},
                [&c] { c.copyData(); },
                drawn});
}

void addHelpActions(ActionRegistry &registry, WindowCommands &c) {
  const QString menu = tr("&Help");
  registry.add({u"help.keys"_s,
                menu,
                tr("&Keys and mouse"),
                tr("All keys on one page"),
                {QKeySequence(u"?"_s)},
                u"help"_s,
                [&c, &registry] { c.showKeys(registry); }});
  registry.add({.id = u"help.about"_s,
                .menu = menu,
                .text = tr("&About Evolute"),
                .tip = tr("Version, licence and the methods behind the numbers"),
                .handler = [&c] { c.showAbout(); }});
}

} // namespace

void addWindowActions(ActionRegistry &registry, WindowCommands &commands) {
  addFileActions(registry, commands);
  addEditActions(registry, commands);
  addViewActions(registry, commands);
  addTimeActions(registry, commands);
  addComputeActions(registry, commands);
  addStageActions(registry, commands);
  addFigureActions(registry, commands);
  addHelpActions(registry, commands);
}

} // namespace evolute::app

// SPDX-License-Identifier: GPL-3.0-or-later
// The commands on stages; window_actions.cpp says where they stand among the others.
#include "app/window/stage_actions.h"

#include "app/session/run_session.h"
#include "app/session/undo.h"
#include "app/window/action_registry.h"
#include "app/window/stage_commands.h"
#include "app/window/stages_page.h"
#include "app/window/window_commands.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return StageCommands::tr(text);
}

void addProposalActions(ActionRegistry &registry, WindowCommands &c, const QString &menu) {
  const WindowParts p = c.parts();
  const auto some = [&c] { return c.hasCheckpoints(); };
  registry.add({u"stages.suggest"_s,
                menu,
                tr("&Suggest stages"),
                tr("Read the chosen curve's slope and the other evidence, and propose edges"),
                {QKeySequence(u"Ctrl+G"_s)},
                u"stages"_s,
                [&c, p] {
                  c.showPane(u"stages.curve"_s);
                  p.stagesPage->suggest();
                },
                some});
  registry.add({.id = u"stages.accept-all"_s,
                .menu = menu,
                .text = tr("&Accept all proposed edges"),
                .tip = tr("The proposal becomes the run's stages"),
                .shortcuts = {QKeySequence(u"Ctrl+Return"_s)},
                .handler = [p] { p.stagesPage->acceptAll(); },
                .enabledWhen = [p] { return p.stagesPage->hasProposal(); }});
  registry.add({.id = u"stages.label"_s,
                .menu = menu,
                .text = tr("Label from the &curve"),
                .tip = tr("A where the curve rises between the edges, B where it falls, else other"),
                .handler = [p] { p.stagesPage->labelFromCurve(); },
                .enabledWhen = [p] { return p.stagesPage->hasProposal() && p.stages->hasStages(); }});
}

void addEditActions(ActionRegistry &registry, WindowCommands &c, const QString &menu) {
  const WindowParts p = c.parts();
  StageCommands *stages = p.stages;
  const auto any = [stages] { return stages->hasStages(); };
  const auto hasNext = [stages] { return stages->stageAtCursor() + 1 < stages->stageCount(); };
  registry.add({.id = u"stages.add-edge"_s,
                .menu = menu,
                .text = tr("Add &edge at cursor"),
                .tip = tr("Split the stage at the time cursor"),
                .shortcuts = {QKeySequence(u"B"_s)},
                .handler = [stages] { stages->splitAtCursor(); },
                .enabledWhen = [&c] { return c.hasCheckpoints(); },
                .startsGroup = true});
  registry.add({.id = u"stages.merge"_s,
                .menu = menu,
                .text = tr("&Merge with next"),
                .tip = tr("The stage at the time cursor and the one after it become one"),
                .shortcuts = {QKeySequence(u"Ctrl+M"_s)},
                .handler = [stages] { stages->mergeWithNext(stages->stageAtCursor()); },
                .enabledWhen = hasNext});
  registry.add({.id = u"stages.rename"_s,
                .menu = menu,
                .text = tr("&Rename…"),
                .tip = tr("Name the stage at the time cursor"),
                .shortcuts = {QKeySequence(u"F2"_s)},
                .handler = [stages] { stages->askName(stages->stageAtCursor()); },
                .enabledWhen = any});
  const auto label = [&](const QString &id, const QString &text, const QString &tip, core::StageType type) {
    registry.add({.id = id,
                  .menu = menu + u'/' + tr("&Label"),
                  .text = text,
                  .tip = tip,
                  .handler = [stages, type] { stages->setType(stages->stageAtCursor(), type); },
                  .enabledWhen = any,
                  .checkedWhen =
                      [stages, type] {
                        return stages->hasStages() && stages->typeOf(stages->stageAtCursor()) == type;
                      }});
  };
  label(u"stages.label-a"_s, tr("&A"), tr("The curve rises in the stage at the time cursor"),
        core::StageType::A);
  label(u"stages.label-b"_s, tr("&B"), tr("The curve falls in the stage at the time cursor"),
        core::StageType::B);
  label(u"stages.label-other"_s, tr("&other"), tr("Neither is credible in the stage at the time cursor"),
        core::StageType::Other);
  registry.add({.id = u"stages.note"_s,
                .menu = menu,
                .text = tr("&Note…"),
                .tip = tr("Write down something about the stage at the time cursor"),
                .handler = [stages] { stages->askNote(stages->stageAtCursor()); },
                .enabledWhen = any});
  registry.add({.id = u"stages.delete"_s,
                .menu = menu,
                .text = tr("&Delete stage"),
                .tip = tr("The stage at the time cursor goes to the one before it"),
                .shortcuts = {QKeySequence(u"Shift+Del"_s)},
                .handler = [stages] { stages->remove(stages->stageAtCursor()); },
                .enabledWhen = [stages] { return stages->stageCount() > 1; }});
  registry.add({.id = u"stages.clear"_s,
                .menu = menu,
                .text = tr("Take all stages a&way"),
                .tip = tr("The run has no stages then; this can be undone"),
                .handler = [stages] { stages->clear(); },
                .enabledWhen = any});
  const auto jump = [&](const QString &id, const QString &text, const QString &tip, const QString &key,
                        bool next) {
    registry.add({.id = id,
                  .menu = menu,
                  .text = text,
                  .tip = tip,
                  .shortcuts = {QKeySequence(key)},
                  .handler = [stages, next] { stages->goToEdge(next); },
                  .enabledWhen = any,
                  .startsGroup = next});
  };
  jump(u"stages.next-edge"_s, tr("Next edge"), tr("The time cursor goes to the next stage edge"),
       u"Ctrl+Right"_s, true);
  jump(u"stages.previous-edge"_s, tr("Previous edge"), tr("The time cursor goes to the stage edge before it"),
       u"Ctrl+Left"_s, false);
}

void addFileActions(ActionRegistry &registry, WindowCommands &c, const QString &menu) {
  const WindowParts p = c.parts();
  StageCommands *stages = p.stages;
  const auto run = [&c] { return c.hasRun(); };
  const auto any = [stages] { return stages->hasStages(); };
  registry.add({.id = u"stages.import"_s,
                .menu = menu,
                .text = tr("&Import…"),
                .tip = tr("Take the stages from a TOML file"),
                .handler = [stages] { stages->chooseImport(); },
                .enabledWhen = run,
                .startsGroup = true});
  registry.add({.id = u"stages.export"_s,
                .menu = menu,
                .text = tr("E&xport…"),
                .tip = tr("Write the stages to a TOML file"),
                .handler = [stages] { stages->chooseExport(); },
                .enabledWhen = any});
  registry.add({.id = u"stages.compare-run"_s,
                .menu = menu,
                .text = tr("Com&pare with another run…"),
                .tip = tr("Show the stages kept with another run above these"),
                .handler = [stages] { stages->chooseComparedRun(); },
                .enabledWhen = run});
  registry.add({.id = u"stages.compare-file"_s,
                .menu = menu,
                .text = tr("Compare with a &file…"),
                .tip = tr("Show the stages in a TOML file above these"),
                .handler = [stages] { stages->chooseComparedFile(); },
                .enabledWhen = run});
  registry.add({.id = u"stages.compare-end"_s,
                .menu = menu,
                .text = tr("End comparison"),
                .tip = tr("Put the other stages away"),
                .handler = [stages] { stages->endComparison(); },
                .enabledWhen = [p] { return p.session->comparedStages().has_value(); }});
  registry.add({.id = u"stages.color-path"_s,
                .menu = menu,
                .text = tr("C&olour the path by stage"),
                .tip = tr("Colours of the essential dynamics tell the stage instead of the time"),
                .shortcuts = {QKeySequence(u"S"_s)},
                .handler = [p] { pushPathByStage(*p.undo, *p.view, !p.view->isPathByStage()); },
                .enabledWhen = any,
                .checkedWhen = [p] { return p.view->isPathByStage(); },
                .startsGroup = true});
}

} // namespace

void addStageActions(ActionRegistry &registry, WindowCommands &commands) {
  const QString menu = tr("&Stages");
  addProposalActions(registry, commands, menu);
  addEditActions(registry, commands, menu);
  addFileActions(registry, commands, menu);
}

} // namespace evolute::app

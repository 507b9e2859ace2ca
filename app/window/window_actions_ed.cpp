// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of the essential dynamics: a part of the window's one list.
#include <tuple>
#include <utility>

#include "app/window/action_registry.h"
#include "app/window/ed_controls.h"
#include "app/window/ed_page.h"
#include "app/window/window_commands.h"
#include "widgets/three_d/trajectory_view3d.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return WindowCommands::tr(text);
}

} // namespace

void addEdActions(ActionRegistry &registry, WindowCommands &c) {
  const QString menu = tr("&View/&Essential dynamics");
  const auto run = [&c] { return c.hasRun(); };
  const auto now = [&c]() -> const EdView & { return c.parts().view->edView(); };
  bool startsGroup = false;
  const auto choice = [&](const QString &id, const QString &text, const QString &tip, auto set, auto isSet,
                          const QString &key = {}) {
    ActionSpec spec;
    spec.id = id;
    spec.menu = menu;
    spec.text = text;
    spec.tip = tip;
    if (!key.isEmpty())
      spec.shortcuts = {QKeySequence(key)};
    spec.handler = [&c, set, text] {
      EdView wanted = c.parts().view->edView();
      set(wanted);
      c.setEdView(wanted, text);
    };
    spec.enabledWhen = run;
    spec.checkedWhen = [now, isSet] { return isSet(now()); };
    spec.startsGroup = std::exchange(startsGroup, false);
    registry.add(spec);
  };
  for (int first = 0; first < EdView::kComponents; ++first)
    for (int second = first + 1; second < EdView::kComponents; ++second)
      choice(
          u"ed.plane-%1%2"_s.arg(first + 1).arg(second + 1), tr("PC%1 × PC%2").arg(first + 1).arg(second + 1),
          tr("Show the trajectory in the plane of components %1 and %2").arg(first + 1).arg(second + 1),
          [=](EdView &view) {
            view.first = first;
            view.second = second;
          },
          [=](const EdView &view) { return view.first == first && view.second == second; },
          u"Alt+%1"_s.arg(4 + first + second - 1));

  startsGroup = true;
  const auto width = [&](const QString &name, const QString &text, const QString &tip,
                         core::SmoothingWidth w) {
    choice(
        u"ed.width-"_s + name, text, tip, [w](EdView &view) { view.width = w; },
        [w](const EdView &view) { return view.width == w; });
  };
  width(u"constant"_s, tr("Constant width"), tr("Smooth over the same number of checkpoints everywhere"),
        core::SmoothingWidth::Constant);
  width(u"ramp"_s, tr("Linear ramp"), tr("Smooth little at the start and more and more until the end"),
        core::SmoothingWidth::Ramp);
  width(u"log"_s, tr("Log-time width"), tr("Smooth evenly in log time: early, fast development stays sharp"),
        core::SmoothingWidth::LogTime);

  const auto flag = [&](const QString &id, const QString &text, const QString &tip, bool EdView::*member) {
    choice(
        id, text, tip, [member](EdView &view) { view.*member = !(view.*member); },
        [member](const EdView &view) { return view.*member; });
  };
  startsGroup = true;
  flag(u"ed.arc-length"_s, tr("Along arc length"),
       tr("Neighbours are near along the path, not in number: fast stretches keep their detail"),
       &EdView::byArcLength);
  flag(u"ed.before-pca"_s, tr("Smooth before PCA"), tr("Turn to the principal axes of what smoothing leaves"),
       &EdView::beforePca);
  const auto step = [&](const QString &id, const QString &text, const QString &tip, const QString &key,
                        int ticks) {
    registry.add({.id = id,
                  .menu = menu,
                  .text = text,
                  .tip = tip,
                  .shortcuts = {QKeySequence(key)},
                  .handler =
                      [&c, ticks, text] {
                        EdView wanted = c.parts().view->edView();
                        wanted.widthPercent = percentFromTick(tickFromPercent(wanted.widthPercent) + ticks);
                        c.setEdView(wanted, text);
                      },
                  .enabledWhen = run});
  };
  step(u"ed.smoother"_s, tr("Smoother"), tr("A wider Gaussian for the trajectory"), u"Shift+S"_s, 5);
  step(u"ed.rougher"_s, tr("Less smooth"), tr("A narrower Gaussian for the trajectory"), u"Shift+R"_s, -5);

  bool first3d = true;
  for (const auto &[right, up, key] : {std::tuple(0, 1, 1), std::tuple(0, 2, 3), std::tuple(1, 2, 7)})
    registry.add({.id = u"ed.look-%1%2"_s.arg(right + 1).arg(up + 1),
                  .menu = menu,
                  .text = tr("Turn 3D view to PC%1 × PC%2").arg(right + 1).arg(up + 1),
                  .tip = tr("Look at the 3D view along the third axis; key %1 in the view").arg(key),
                  .handler = [&c, r = right, u = up] { c.parts().ed->space().lookAtPlane(r, u); },
                  .enabledWhen = [&c] { return c.hasSpace(); },
                  .startsGroup = std::exchange(first3d, false)});
  registry.add({.id = u"ed.look-reset"_s,
                .menu = menu,
                .text = tr("Turn 3D view back"),
                .tip = tr("All of the trajectory from the first side; key Enter in the 3D view"),
                .handler = [&c] { c.parts().ed->space().fit(); },
                .enabledWhen = [&c] { return c.hasSpace(); }});

  startsGroup = true;
  flag(u"ed.raw"_s, tr("Path before smoothing"), tr("Draw the path as it is, pale, behind the smooth one"),
       &EdView::raw);
  flag(u"ed.circles"_s, tr("Osculating circles"), tr("Draw the circles that touch the path most closely"),
       &EdView::circles);
  flag(u"ed.evolute"_s, tr("Evolute"), tr("Draw the line of the circles' centres"), &EdView::evolute);
  flag(u"ed.vertices"_s, tr("Vertices"),
       tr("Mark where the curvature is stationary, ranked among random walks"), &EdView::vertices);
  flag(u"ed.cusps"_s, tr("Cusps"), tr("Mark where the path turns back"), &EdView::cusps);
  flag(u"ed.forms"_s, tr("Forms"), tr("Mark the points that the path bends around in every plane"),
       &EdView::forms);
}

} // namespace evolute::app

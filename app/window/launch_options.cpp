// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/launch_options.h"

#include <memory>

#include <QCommandLineParser>
#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return QCoreApplication::translate("LaunchOptions", text);
}

std::unique_ptr<QCommandLineParser> makeParser() {
  auto parser = std::make_unique<QCommandLineParser>();
  parser->setApplicationDescription(tr("Shows how a neural network develops while it is trained."));
  parser->addPositionalArgument(
      u"path"_s,
      tr("A run's folder, a file in it, or a figure made by Evolute. Several runs, or a folder of "
         "runs, are compared."),
      u"[PATH…]"_s);
  parser->addOptions(
      {{{u"h"_s, u"help"_s}, tr("Show this text.")},
       {{u"v"_s, u"version"_s}, tr("Show the version.")},
       {u"demo"_s, tr("Watch a small transformer learn, live.")},
       {u"layout"_s, tr("Arrange the window as FILE says."), u"FILE"_s},
       {u"at"_s, tr("Put the time cursor at STEP."), u"STEP"_s},
       {u"tab"_s, tr("Show this tab: %1.").arg(tabNames().join(u", "_s)), u"NAME"_s},
       {u"follow"_s, tr("The time cursor goes to each new checkpoint.")},
       {u"screenshot"_s, tr("Save a picture of the window, then quit."), u"FILE"_s},
       {u"after"_s, tr("Take that picture after SECONDS (default 5)."), u"SECONDS"_s},
       {u"export"_s,
        tr("Draw a figure of RUN without a window; needs --figure and --out. For the figure validation a "
           "table of `evolute-cli validate --table`."),
        u"RUN"_s},
       {u"figure"_s, tr("What to draw: %1.").arg(figureKinds().join(u", "_s)), u"KIND"_s},
       {u"out"_s, tr("Where to: a file ending in pdf, svg, png or csv."), u"FILE"_s}});
  return parser;
}

} // namespace

QStringList figureKinds() {
  return {u"overview"_s, u"loss"_s,        u"llc"_s,    u"ed"_s,
          u"scree"_s,    u"development"_s, u"stages"_s, u"validation"_s};
}

QStringList tabNames() {
  return {u"overview"_s, u"ed"_s, u"calibrate"_s, u"heads"_s, u"stages"_s, u"compare"_s};
}

QString launchHelp() {
  return makeParser()->helpText();
}

QString parseLaunch(const QStringList &arguments, LaunchOptions &options) {
  const auto parser = makeParser();
  if (!parser->parse(arguments))
    return parser->errorText();
  options.paths = parser->positionalArguments();
  options.help = parser->isSet(u"help"_s);
  options.version = parser->isSet(u"version"_s);
  options.demo = parser->isSet(u"demo"_s);
  options.layout = parser->value(u"layout"_s);
  options.follow = parser->isSet(u"follow"_s);
  options.tab = parser->value(u"tab"_s);
  if (!options.tab.isEmpty() && !tabNames().contains(options.tab))
    return tr("--tab: expected one of %1; found \"%2\".").arg(tabNames().join(u", "_s), options.tab);
  options.screenshot = parser->value(u"screenshot"_s);
  options.exportRun = parser->value(u"export"_s);
  options.figure = parser->value(u"figure"_s);
  options.out = parser->value(u"out"_s);
  bool ok = true;
  if (parser->isSet(u"at"_s)) {
    options.atStep = parser->value(u"at"_s).toLongLong(&ok);
    if (!ok || *options.atStep < 0)
      return tr("--at: expected a training step, 0 or more; found \"%1\".").arg(parser->value(u"at"_s));
  }
  if (parser->isSet(u"after"_s)) {
    options.afterSeconds = parser->value(u"after"_s).toDouble(&ok);
    if (!ok || options.afterSeconds < 0)
      return tr("--after: expected seconds, 0 or more; found \"%1\".").arg(parser->value(u"after"_s));
    if (options.screenshot.isEmpty())
      return tr("--after says when the picture of --screenshot is taken; --screenshot is missing.");
  }
  const bool drawing = !options.exportRun.isEmpty() || !options.figure.isEmpty() || !options.out.isEmpty();
  if (drawing && (options.exportRun.isEmpty() || options.figure.isEmpty() || options.out.isEmpty()))
    return tr("--export RUN, --figure KIND and --out FILE go together; one of them is missing.");
  if (drawing && !figureKinds().contains(options.figure))
    return tr("--figure: expected one of %1; found \"%2\".").arg(figureKinds().join(u", "_s), options.figure);
  if (options.demo && !options.paths.isEmpty())
    return tr("--demo opens a run of its own; leave out \"%1\".").arg(options.paths.front());
  return {};
}

} // namespace evolute::app

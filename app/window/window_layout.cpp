// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/window_layout.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QMainWindow>
#include <QSaveFile>
#include <QUndoStack>

#include "app/window/overview.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kFileVersion = 1;

QJsonArray sorted(const QSet<QString> &set) {
  QStringList list = set.values();
  list.sort(); // the same layout, the same file
  return QJsonArray::fromStringList(list);
}

QSet<QString> setOf(const QJsonValue &value) {
  QSet<QString> set;
  for (const QJsonValue &entry : value.toArray())
    set << entry.toString();
  return set;
}

/// Puts the window from one arrangement into another and back. `done` is true when it stands already.
class LayoutCommand : public QUndoCommand {
public:
  LayoutCommand(const QString &text, std::function<void(const QJsonObject &)> apply, QJsonObject before,
                QJsonObject after, bool done)
      : QUndoCommand(text), m_apply(std::move(apply)), m_before(std::move(before)), m_after(std::move(after)),
        m_done(done) {}
  void undo() override { m_apply(m_before); }
  void redo() override {
    if (!std::exchange(m_done, false))
      m_apply(m_after);
  }

private:
  std::function<void(const QJsonObject &)> m_apply;
  QJsonObject m_before, m_after;
  bool m_done;
};

} // namespace

WindowLayout::WindowLayout(QMainWindow *window, Overview *overview, ViewState &view, QUndoStack &undo)
    : QObject(window), m_window(window), m_overview(overview), m_view(view), m_undo(undo) {
  connect(overview, &Overview::layoutEdited, this,
          [this](const QJsonObject &before, const QJsonObject &after) {
            m_undo.push(new LayoutCommand(
                tr("Move splitter"), [this](const QJsonObject &sizes) { m_overview->setLayoutState(sizes); },
                before, after, true));
          });
}

QJsonObject WindowLayout::current() const {
  return {{u"evoluteLayout"_s, kFileVersion},
          {u"timeAxis"_s, nameOf(m_view.timeAxis())},
          {u"pathByStage"_s, m_view.isPathByStage()},
          {u"hiddenPanes"_s, sorted(m_view.hiddenPanes())},
          {u"hiddenSeries"_s, sorted(m_view.hiddenSeries())},
          {u"essentialDynamics"_s, m_view.edView().toJson()},
          {u"splitters"_s, m_overview->layoutState()},
          {u"docks"_s, QString::fromLatin1(m_window->saveState(kStateVersion).toBase64())}};
}

void WindowLayout::apply(const QJsonObject &layout) {
  const QJsonValue axis = layout[u"timeAxis"_s];
  const std::optional<TimeAxisKind> known = timeAxisFromName(axis.toString());
  m_view.setTimeAxis(known.value_or(TimeAxisKind::LogPlusOne));
  if (!known && !axis.isUndefined())
    Q_EMIT remarked(tr("Layout: timeAxis: expected log1p, linear or index, found \"%1\"; log1p is used.")
                        .arg(axis.toVariant().toString()));
  m_view.setEdView(EdView::fromJson(layout[u"essentialDynamics"_s].toObject()));
  m_view.setPathByStage(layout[u"pathByStage"_s].toBool());
  const auto differences = [](const QSet<QString> &now, const QSet<QString> &wanted, auto set) {
    for (const QString &id : now - wanted)
      set(id, true);
    for (const QString &id : wanted - now)
      set(id, false);
  };
  m_window->restoreState(QByteArray::fromBase64(layout[u"docks"_s].toString().toLatin1()), kStateVersion);
  differences(m_view.hiddenPanes(), setOf(layout[u"hiddenPanes"_s]),
              [this](const QString &id, bool visible) { m_view.setPaneVisible(id, visible); });
  differences(m_view.hiddenSeries(), setOf(layout[u"hiddenSeries"_s]),
              [this](const QString &id, bool visible) { m_view.setSeriesVisible(id, visible); });
  m_overview->setLayoutState(layout[u"splitters"_s].toObject());
  Q_EMIT applied();
}

void WindowLayout::push(const QString &text, const QJsonObject &after) {
  m_undo.push(new LayoutCommand(
      text, [this](const QJsonObject &layout) { apply(layout); }, current(), after, false));
}

void WindowLayout::reset() {
  QJsonObject layout = m_default;
  // Which curves are shown, and how smooth, is not arrangement.
  layout[u"hiddenSeries"_s] = sorted(m_view.hiddenSeries());
  layout[u"essentialDynamics"_s] = m_view.edView().toJson();
  push(tr("Reset layout"), layout);
}

QString WindowLayout::save(const QString &file) const {
  QSaveFile out(file);
  const QByteArray text = QJsonDocument(current()).toJson();
  if (!out.open(QIODevice::WriteOnly) || out.write(text) != text.size() || !out.commit())
    return tr("%1: the layout could not be written: %2.").arg(file, out.errorString());
  return {};
}

QString WindowLayout::load(const QString &file) {
  QJsonObject layout;
  const QString problem = read(file, layout);
  if (problem.isEmpty())
    load(layout);
  return problem;
}

void WindowLayout::load(const QJsonObject &layout) {
  push(tr("Load layout"), layout);
}

QString WindowLayout::read(const QString &file, QJsonObject &layout) {
  QFile in(file);
  if (!in.open(QIODevice::ReadOnly))
    return tr("%1: the layout could not be read: %2.").arg(file, in.errorString());
  QJsonParseError error;
  layout = QJsonDocument::fromJson(in.readAll(), &error).object();
  if (error.error != QJsonParseError::NoError)
    return tr("%1: expected a layout in JSON; at byte %2: %3.")
        .arg(file)
        .arg(error.offset)
        .arg(error.errorString());
  const int version = layout[u"evoluteLayout"_s].toInt();
  if (version != kFileVersion)
    return tr("%1: expected a layout of version %2, found %3.").arg(file).arg(kFileVersion).arg(version);
  return {};
}

} // namespace evolute::app

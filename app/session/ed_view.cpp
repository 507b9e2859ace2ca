// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/ed_view.h"

#include <algorithm>
#include <utility>

#include <QJsonArray>
#include <QUndoCommand>
#include <QUndoStack>

#include "app/session/view_state.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr std::pair<const char *, bool EdView::*> kFlags[] = {
    {"arcLength", &EdView::byArcLength}, {"beforePca", &EdView::beforePca}, {"raw", &EdView::raw},
    {"circles", &EdView::circles},       {"evolute", &EdView::evolute},     {"vertices", &EdView::vertices},
    {"cusps", &EdView::cusps},           {"forms", &EdView::forms}};

constexpr int kEdViewCommand = 0x6564; // of QUndoCommand::id(): only its like merge

class EdViewCommand : public QUndoCommand {
public:
  EdViewCommand(ViewState &view, const EdView &wanted, const QString &text, int gesture)
      : QUndoCommand(text), m_view(view), m_before(view.edView()), m_after(wanted), m_gesture(gesture) {}
  int id() const override { return m_gesture > 0 ? kEdViewCommand : -1; }
  bool mergeWith(const QUndoCommand *next) override {
    const auto *other = static_cast<const EdViewCommand *>(next);
    if (other->m_gesture != m_gesture)
      return false;
    m_after = other->m_after;
    return true;
  }
  void redo() override { m_view.setEdView(m_after); }
  void undo() override { m_view.setEdView(m_before); }

private:
  ViewState &m_view;
  EdView m_before, m_after;
  int m_gesture;
};

} // namespace

core::GeometrySettings EdView::geometry(std::size_t checkpoints) const {
  core::GeometrySettings settings;
  settings.components = kComponents;
  settings.smoothing.width = width;
  settings.smoothing.sigma = widthPercent / 100 * double(checkpoints);
  settings.smoothing.startSigma = std::min(settings.smoothing.startSigma, settings.smoothing.sigma);
  settings.smoothing.byArcLength = byArcLength;
  settings.smoothing.beforePca = beforePca;
  return settings;
}

QJsonObject EdView::toJson() const {
  QJsonObject json{{u"plane"_s, QJsonArray{first + 1, second + 1}},
                   {u"width"_s, QString::fromStdString(core::nameOf(width))},
                   {u"widthPercent"_s, widthPercent}};
  for (const auto &[name, flag] : kFlags)
    json[QLatin1String(name)] = this->*flag;
  return json;
}

EdView EdView::fromJson(const QJsonObject &json) {
  EdView view;
  const QJsonArray plane = json[u"plane"_s].toArray();
  const int first = plane.at(0).toInt() - 1, second = plane.at(1).toInt() - 1;
  if (first >= 0 && first < second && second < kComponents) {
    view.first = first;
    view.second = second;
  }
  for (const auto width :
       {core::SmoothingWidth::Constant, core::SmoothingWidth::Ramp, core::SmoothingWidth::LogTime})
    if (json[u"width"_s].toString().toStdString() == core::nameOf(width))
      view.width = width;
  if (const double percent = json[u"widthPercent"_s].toDouble(-1); percent >= 0 && percent <= kMostPercent)
    view.widthPercent = percent;
  for (const auto &[name, flag] : kFlags)
    view.*flag = json[QLatin1String(name)].toBool(view.*flag);
  return view;
}

void pushEdView(QUndoStack &stack, ViewState &view, const EdView &wanted, const QString &text, int gesture) {
  if (wanted != view.edView())
    stack.push(new EdViewCommand(view, wanted, text, gesture));
}

} // namespace evolute::app

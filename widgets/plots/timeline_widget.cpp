// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/timeline_widget.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QSpinBox>
#include <QToolButton>
#include <QToolTip>

#include "widgets/plots/plot_style.h"
#include "widgets/plots/stage_lane.h"

namespace evolute::widgets {

namespace {

constexpr int kSideMargin = 14; // pixels left and right of the outermost marks
constexpr int kHeight = 62;
constexpr double kMarkRadius = 4.0;
constexpr double kHoverReach = 8.0;
constexpr double kCrowded = 3.0; // pixels between marks: closer than this they shrink to strokes

QString stateWords(CheckpointState state) {
  switch (state) {
  case CheckpointState::File:
    return TimelineWidget::tr("file only");
  case CheckpointState::Metrics:
    return TimelineWidget::tr("with metrics");
  case CheckpointState::Computing:
    return TimelineWidget::tr("computing");
  case CheckpointState::Done:
    return TimelineWidget::tr("λ̂ done");
  case CheckpointState::Failed:
    return TimelineWidget::tr("failed");
  }
  return {};
}

QString allDigits(std::int64_t step) {
  return QLocale(QLocale::English).toString(qint64(step));
}

} // namespace

struct TimelineWidget::Private {
  explicit Private(TimelineWidget *owner) : q(owner) {}

  QRectF track() const; // where marks stand
  void placeReadout();
  void placeLanes();
  int lanesHeight() const;
  double pixelOf(std::int64_t step) const;
  int indexAt(double pixel) const;
  void updateRange();
  void showCursor();
  void moveTo(int index);
  QString words(const CheckpointMark &mark, const QString &state) const;
  QString words(int index) const;
  void drawMark(QPainter &p, const QPointF &at, CheckpointState state, const PlotTheme &theme,
                double r) const;
  void drawTicks(QPainter &p, const PlotTheme &theme) const;
  void drawCursor(QPainter &p, const PlotTheme &theme) const;

  TimelineWidget *q;
  std::vector<CheckpointMark> marks, unreadable;
  QString emptyText;
  TimeAxis axis;
  StageLane *compared = nullptr, *lane = nullptr; // from the top
  double lower = 0, upper = 1;
  int cursor = -1;
  QWidget *readout = nullptr;
  QSpinBox *step = nullptr;
  QLabel *index = nullptr;
  QToolButton *badge = nullptr;
};

TimelineWidget::TimelineWidget(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Timeline of checkpoints"));

  d->readout = new QWidget(this);
  auto *grid = new QGridLayout(d->readout);
  grid->setContentsMargins(6, 2, 8, 2);
  grid->setVerticalSpacing(1);
  auto *label = new QLabel(tr("Ste&p"), d->readout);
  d->step = new QSpinBox(d->readout);
  d->step->setObjectName(QStringLiteral("stepBox"));
  d->step->setRange(0, std::numeric_limits<int>::max());
  d->step->setGroupSeparatorShown(true);
  d->step->setLocale(QLocale(QLocale::English));
  d->step->setKeyboardTracking(false);
  d->step->setAccessibleName(tr("Step of the time cursor"));
  d->step->setToolTip(tr("Type a step: the nearest checkpoint is taken"));
  label->setBuddy(d->step);
  d->index = new QLabel(d->readout);
  d->index->setObjectName(QStringLiteral("indexLabel"));
  d->index->setToolTip(tr("Position among the checkpoints"));
  d->badge = new QToolButton(d->readout);
  d->badge->setObjectName(QStringLiteral("liveBadge"));
  d->badge->setVisible(false);
  grid->addWidget(label, 0, 0);
  grid->addWidget(d->step, 0, 1);
  grid->addWidget(d->index, 1, 0);
  grid->addWidget(d->badge, 1, 1, Qt::AlignRight);
  connect(d->badge, &QToolButton::clicked, this, &TimelineWidget::liveClicked);
  // Up and down go one checkpoint on, whatever the gap; typed steps go to the nearest one.
  connect(d->step, &QSpinBox::valueChanged, this, [this](int value) {
    if (d->cursor < 0 || value == d->marks[std::size_t(d->cursor)].step)
      return;
    const auto here = d->marks[std::size_t(d->cursor)].step;
    const bool arrow = std::abs(value - here) == 1;
    d->moveTo(arrow ? d->cursor + (value > here ? 1 : -1)
                    : d->axis.nearestIndex(d->axis.coordinate(value)).value_or(d->cursor));
    d->showCursor();
  });
  d->readout->installEventFilter(this);
  d->compared = new StageLane(this);
  d->compared->setObjectName(QStringLiteral("comparedLane"));
  d->lane = new StageLane(this);
  d->lane->setObjectName(QStringLiteral("stageLane"));
  d->lane->setEditable(true);
  for (StageLane *lane : {d->compared, d->lane}) {
    lane->hide();
    connect(lane, &StageLane::hovered, this, &TimelineWidget::hovered);
    connect(lane, &StageLane::clicked, this, [this](qint64 at) {
      setFocus(Qt::MouseFocusReason);
      d->moveTo(d->axis.nearestIndex(d->axis.coordinate(double(at))).value_or(d->cursor));
    });
  }
  d->showCursor();
}

TimelineWidget::~TimelineWidget() = default;

void TimelineWidget::Private::placeReadout() {
  const QSize size = readout->sizeHint();
  readout->setGeometry(q->width() - size.width(), (q->height() - size.height()) / 2, size.width(),
                       size.height());
}

int TimelineWidget::Private::lanesHeight() const {
  return (compared->isHidden() ? 0 : StageLane::kHeight + 1) + (lane->isHidden() ? 0 : StageLane::kHeight);
}

QRectF TimelineWidget::Private::track() const {
  const double top = 4.0 + lanesHeight();
  const double right = q->width() - readout->sizeHint().width() - kSideMargin;
  const double height = 20.0;
  return {double(kSideMargin), top, std::max(1.0, right - kSideMargin), height};
}

void TimelineWidget::Private::placeLanes() {
  const QRect area = track().toRect();
  int y = 1;
  for (StageLane *one : {compared, lane}) {
    if (one->isHidden())
      continue;
    one->setGeometry(area.left(), y, area.width(), StageLane::kHeight);
    one->setScale(axis, lower, upper);
    one->setCursorStep(q->cursorStep());
    y += StageLane::kHeight + 1;
  }
}

double TimelineWidget::Private::pixelOf(std::int64_t value) const {
  const QRectF area = track();
  const double size = upper > lower ? upper - lower : 1.0;
  return area.left() + (axis.coordinate(double(value)) - lower) / size * area.width();
}

int TimelineWidget::Private::indexAt(double pixel) const {
  const QRectF area = track();
  return axis.nearestIndex(lower + (pixel - area.left()) / area.width() * (upper - lower)).value_or(-1);
}

void TimelineWidget::Private::updateRange() {
  std::vector<std::int64_t> steps;
  steps.reserve(marks.size());
  for (const CheckpointMark &mark : marks)
    steps.push_back(mark.step);
  axis = TimeAxis(axis.kind(), std::move(steps));
  lower = std::numeric_limits<double>::infinity();
  upper = -lower;
  for (const auto *list : {&marks, &unreadable})
    if (!list->empty()) {
      lower = std::min(lower, axis.coordinate(double(list->front().step)));
      upper = std::max(upper, axis.coordinate(double(list->back().step)));
    }
  if (marks.empty() && unreadable.empty()) {
    lower = 0;
    upper = 1;
  }
  if (!(upper > lower)) { // one checkpoint: in the middle
    lower -= 0.5;
    upper += 0.5;
  }
  placeLanes();
}

void TimelineWidget::Private::showCursor() {
  const QSignalBlocker quiet(step);
  step->setEnabled(cursor >= 0);
  step->setMaximum(marks.empty() ? 0 : int(std::min<std::int64_t>(marks.back().step + 1, INT_MAX)));
  step->setValue(cursor < 0 ? 0 : int(marks[std::size_t(cursor)].step));
  index->setText(cursor < 0 ? TimelineWidget::tr("no checkpoints")
                            : TimelineWidget::tr("%1 / %2").arg(cursor + 1).arg(marks.size()));
  q->setAccessibleDescription(
      cursor < 0 ? TimelineWidget::tr("No checkpoints")
                 : TimelineWidget::tr("%n checkpoint(s); the cursor is at %1", nullptr, int(marks.size()))
                       .arg(words(cursor)));
  for (StageLane *one : {compared, lane})
    if (one != nullptr) // the read-out shows its first text before there are lanes
      one->setCursorStep(q->cursorStep());
  q->update();
}

void TimelineWidget::Private::moveTo(int to) {
  if (marks.empty())
    return;
  const int next = std::clamp(to, 0, int(marks.size()) - 1);
  if (next == cursor)
    return;
  cursor = next;
  showCursor();
  Q_EMIT q->cursorMoved(marks[std::size_t(cursor)].step);
}

QString TimelineWidget::Private::words(const CheckpointMark &mark, const QString &state) const {
  const QString text = TimelineWidget::tr("step %1, %2").arg(allDigits(mark.step), state);
  return mark.note.isEmpty() ? text : text + QStringLiteral(": ") + mark.note;
}

QString TimelineWidget::Private::words(int at) const {
  const CheckpointMark &mark = marks[std::size_t(at)];
  return words(mark, stateWords(mark.state));
}

QString TimelineWidget::textAt(double pixel) const {
  const int at = d->marks.empty() ? -1 : d->indexAt(pixel);
  double nearest = at < 0 ? std::numeric_limits<double>::infinity() : std::abs(markPosition(at).x() - pixel);
  const CheckpointMark *file = nullptr;
  for (const CheckpointMark &mark : d->unreadable)
    if (const double away = std::abs(d->pixelOf(mark.step) - pixel); away < nearest) {
      nearest = away;
      file = &mark;
    }
  return file ? d->words(*file, tr("cannot be read")) : at < 0 ? QString() : d->words(at);
}

const std::vector<CheckpointMark> &TimelineWidget::unreadable() const {
  return d->unreadable;
}

QPointF TimelineWidget::unreadablePosition(int index) const {
  return {d->pixelOf(d->unreadable.at(std::size_t(index)).step), d->track().center().y()};
}

void TimelineWidget::setUnreadable(std::vector<CheckpointMark> marks) {
  d->unreadable = std::move(marks);
  d->updateRange();
  update();
}

QString TimelineWidget::emptyText() const {
  return d->emptyText;
}

void TimelineWidget::setEmptyText(const QString &text) {
  d->emptyText = text;
  update();
}

void TimelineWidget::setCheckpoints(const std::vector<CheckpointMark> &marks) {
  const auto before = cursorStep();
  d->marks = marks;
  d->updateRange();
  d->cursor = marks.empty() ? -1
              : before      ? d->axis.nearestIndex(d->axis.coordinate(double(*before))).value_or(0)
                            : int(marks.size()) - 1;
  d->showCursor();
}

void TimelineWidget::setState(std::int64_t step, CheckpointState state, const QString &note) {
  const auto at = std::lower_bound(d->marks.begin(), d->marks.end(), step,
                                   [](const CheckpointMark &mark, std::int64_t s) { return mark.step < s; });
  if (at == d->marks.end() || at->step != step)
    return;
  at->state = state;
  at->note = note;
  d->showCursor();
}

void TimelineWidget::setAxisKind(TimeAxisKind kind) {
  d->axis = d->axis.withKind(kind);
  d->updateRange();
  update();
}

const TimeAxis &TimelineWidget::timeAxis() const {
  return d->axis;
}

void TimelineWidget::setStages(std::vector<StageBand> stages) {
  d->lane->setVisible(!stages.empty());
  d->lane->setStages(std::move(stages));
  d->placeLanes();
  updateGeometry();
  update();
}

void TimelineWidget::setComparedStages(const QString &title, std::vector<StageBand> stages) {
  d->compared->setVisible(!stages.empty());
  d->compared->setTitle(title);
  d->compared->setStages(std::move(stages));
  d->placeLanes();
  updateGeometry();
  update();
}

StageLane *TimelineWidget::stageLane() const {
  return d->lane;
}

void TimelineWidget::setCursorStep(std::int64_t step) {
  d->cursor = d->axis.nearestIndex(d->axis.coordinate(double(step))).value_or(-1);
  d->showCursor();
}

std::optional<std::int64_t> TimelineWidget::cursorStep() const {
  return d->cursor < 0 ? std::nullopt : std::optional(d->marks[std::size_t(d->cursor)].step);
}

int TimelineWidget::cursorIndex() const {
  return d->cursor;
}

void TimelineWidget::setLive(Live live, const QString &text) {
  d->badge->setVisible(live != Live::Off);
  d->badge->setText(!text.isEmpty() ? text : live == Live::Following ? tr("● LIVE") : tr("Follow ▸"));
  d->badge->setToolTip(live == Live::Following ? tr("New checkpoints join by themselves; click to pause")
                                               : tr("Click to follow new checkpoints again"));
  d->badge->setAccessibleName(d->badge->text());
  d->badge->setStyleSheet(
      live == Live::Following
          ? QStringLiteral("QToolButton { color: white; background: #C0392B; border: none; "
                           "border-radius: 3px; padding: 1px 6px; font-weight: bold; }")
          : QString());
}

CheckpointState TimelineWidget::stateAt(int index) const {
  return d->marks.at(std::size_t(index)).state;
}

QPointF TimelineWidget::markPosition(int index) const {
  return {d->pixelOf(d->marks.at(std::size_t(index)).step), d->track().center().y()};
}

QSize TimelineWidget::sizeHint() const {
  return {640, minimumSizeHint().height()};
}

QSize TimelineWidget::minimumSizeHint() const {
  return {320, kHeight + d->lanesHeight()};
}

bool TimelineWidget::event(QEvent *event) {
  if (event->type() == QEvent::ToolTip) {
    const auto *help = static_cast<QHelpEvent *>(event);
    const double x = help->pos().x();
    bool near = false;
    for (const auto *list : {&d->marks, &d->unreadable})
      near = near || std::any_of(list->begin(), list->end(), [&](const CheckpointMark &mark) {
               return std::abs(d->pixelOf(mark.step) - x) <= kHoverReach;
             });
    if (near)
      QToolTip::showText(help->globalPos(), textAt(x), this);
    else
      QToolTip::hideText();
    return true;
  }
  return QWidget::event(event);
}

bool TimelineWidget::eventFilter(QObject *watched, QEvent *event) {
  if (event->type() == QEvent::LayoutRequest) { // a longer text, the badge: the track ends where these begin
    d->placeReadout();
    d->placeLanes();
    update();
  }
  return QWidget::eventFilter(watched, event);
}

void TimelineWidget::resizeEvent(QResizeEvent *) {
  d->placeReadout();
  d->placeLanes();
}

void TimelineWidget::mousePressEvent(QMouseEvent *event) {
  if (event->button() == Qt::LeftButton && !d->marks.empty())
    d->moveTo(d->indexAt(event->position().x()));
}

void TimelineWidget::mouseMoveEvent(QMouseEvent *event) {
  const double x = event->position().x();
  if ((event->buttons() & Qt::LeftButton) && !d->marks.empty())
    d->moveTo(d->indexAt(x));
  Q_EMIT hovered(textAt(x));
}

void TimelineWidget::mouseDoubleClickEvent(QMouseEvent *event) {
  if (event->button() == Qt::LeftButton && !d->marks.empty())
    Q_EMIT checkpointActivated(d->marks[std::size_t(d->indexAt(event->position().x()))].step);
}

void TimelineWidget::leaveEvent(QEvent *) {
  Q_EMIT hovered({});
}

void TimelineWidget::keyPressEvent(QKeyEvent *event) {
  constexpr int kPage = 10;
  if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::ShiftModifier)) {
    QWidget::keyPressEvent(event); // Ctrl+arrow goes to a stage's edge: the window knows those
    return;
  }
  switch (event->key()) {
  case Qt::Key_Left:
    return d->moveTo(d->cursor - 1);
  case Qt::Key_Right:
    return d->moveTo(d->cursor + 1);
  case Qt::Key_PageUp:
    return d->moveTo(d->cursor - kPage);
  case Qt::Key_PageDown:
    return d->moveTo(d->cursor + kPage);
  case Qt::Key_Home:
    return d->moveTo(0);
  case Qt::Key_End:
    return d->moveTo(int(d->marks.size()) - 1);
  case Qt::Key_Return:
  case Qt::Key_Enter:
    if (d->cursor >= 0)
      Q_EMIT checkpointActivated(d->marks[std::size_t(d->cursor)].step);
    return;
  default:
    QWidget::keyPressEvent(event);
  }
}

void TimelineWidget::Private::drawMark(QPainter &p, const QPointF &at, CheckpointState state,
                                       const PlotTheme &theme, double r) const {
  const QColor done = seriesColor(0, 1, theme.dark);
  switch (state) {
  case CheckpointState::File:
    p.setPen(Qt::NoPen);
    p.setBrush(theme.axis);
    p.drawEllipse(at, std::max(1.0, 0.4 * r), std::max(1.0, 0.4 * r));
    break;
  case CheckpointState::Metrics:
    p.setPen(QPen(theme.axis, 1.3));
    p.setBrush(theme.background);
    p.drawEllipse(at, r - 0.6, r - 0.6);
    break;
  case CheckpointState::Computing: {
    p.setPen(QPen(done, 1.3));
    p.setBrush(theme.background);
    p.drawEllipse(at, r, r);
    p.setBrush(done);
    p.drawPie(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r), 90 * 16, 180 * 16);
    break;
  }
  case CheckpointState::Done:
    p.setPen(Qt::NoPen);
    p.setBrush(done);
    p.drawEllipse(at, r, r);
    break;
  case CheckpointState::Failed:
    p.setPen(QPen(seriesColor(1, 2, theme.dark), 2, Qt::SolidLine, Qt::RoundCap));
    p.drawLine(at + QPointF(-r, -r) * 0.85, at + QPointF(r, r) * 0.85);
    p.drawLine(at + QPointF(-r, r) * 0.85, at + QPointF(r, -r) * 0.85);
    break;
  }
}

void TimelineWidget::Private::drawTicks(QPainter &p, const PlotTheme &theme) const {
  const QRectF area = track();
  const QFontMetricsF metrics(theme.font);
  const double y = area.bottom() + 1;
  p.setPen(QPen(theme.axis, 1));
  p.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
  const auto ticks = axis.ticks(lower, upper, area.width(),
                                [&](const QString &text) { return metrics.horizontalAdvance(text); });
  for (const auto &tick : ticks) {
    const double x = area.left() + (tick.coordinate - lower) / (upper - lower) * area.width();
    p.setPen(QPen(theme.axis, 1));
    p.drawLine(QPointF(x, y), QPointF(x, y + (tick.label.isEmpty() ? 2 : 4)));
    p.setPen(theme.text);
    p.drawText(QPointF(x - 0.5 * metrics.horizontalAdvance(tick.label), y + 5 + metrics.ascent()),
               tick.label);
  }
}

void TimelineWidget::Private::drawCursor(QPainter &p, const PlotTheme &theme) const {
  if (cursor < 0)
    return;
  const QRectF area = track();
  const double x = pixelOf(marks[std::size_t(cursor)].step);
  p.setPen(QPen(theme.cursor, 1.5));
  p.drawLine(QPointF(x, 1), QPointF(x, area.bottom() + 5));
  QPainterPath handle; // a small flag that says "drag me"
  handle.moveTo(x - 6, area.top() - 4);
  handle.lineTo(x + 6, area.top() - 4);
  handle.lineTo(x, area.top() + 4);
  handle.closeSubpath();
  p.fillPath(handle, theme.cursor);
}

void TimelineWidget::paintEvent(QPaintEvent *) {
  PlotTheme theme = screenTheme(palette(), font());
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  p.fillRect(rect(), theme.background);
  if (d->marks.empty() && d->unreadable.empty()) {
    p.setPen(theme.axis);
    p.drawText(QRectF(kSideMargin, 0, d->track().width(), height()), Qt::AlignVCenter | Qt::AlignLeft,
               d->emptyText);
    return;
  }
  d->drawTicks(p, theme);
  // Unfinished marks first, so that where they crowd the finished ones stay visible; failed ones on top.
  const double spacing =
      d->track().width() / double(std::max<std::size_t>(1, d->marks.size() + d->unreadable.size()));
  const double r = spacing < kCrowded ? 0.6 * kMarkRadius : kMarkRadius;
  for (const CheckpointState state : {CheckpointState::File, CheckpointState::Metrics, CheckpointState::Done,
                                      CheckpointState::Computing, CheckpointState::Failed})
    for (std::size_t i = 0; i < d->marks.size(); ++i)
      if (d->marks[i].state == state)
        d->drawMark(p, markPosition(int(i)), state, theme, r);
  for (std::size_t i = 0; i < d->unreadable.size(); ++i)
    d->drawMark(p, unreadablePosition(int(i)), CheckpointState::Failed, theme, r);
  d->drawCursor(p, theme);
  if (hasFocus()) {
    p.setBrush(Qt::NoBrush);
    p.setPen(QPen(palette().color(QPalette::Highlight), 1, Qt::DotLine));
    p.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

} // namespace evolute::widgets

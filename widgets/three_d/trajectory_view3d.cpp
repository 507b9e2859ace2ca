// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/three_d/trajectory_view3d.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>

#include <qcustomplot.h>

#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_table_model.h"
#include "widgets/plots/stage_path.h"
#include "widgets/three_d/gl_canvas.h"
#include "widgets/three_d/paint3d.h"

namespace evolute::widgets {

namespace {

constexpr double kReach = 24;      // pixels
constexpr double kWheelZoom = 1.2; // for a notch of 120

/// What lies over the shaded picture, or, without one, all of it.
class Layer : public QWidget {
public:
  std::function<void(QPainter &)> paint;
  explicit Layer(QWidget *parent) : QWidget(parent) { setAttribute(Qt::WA_TransparentForMouseEvents); }

protected:
  void paintEvent(QPaintEvent *) override {
    QPainter painter(this);
    paint(painter);
  }
};

} // namespace

struct TrajectoryView3d::Private {
  explicit Private(TrajectoryView3d *owner) : q(owner), area(new QWidget(owner)), layer(new Layer(area)) {}

  void rebuild();
  void placeCursor();
  void showCamera(bool moving);
  void place();
  void moveTo(std::size_t index);
  void hover(const QPointF &pixel);
  bool press(const QMouseEvent &event);
  bool move(const QMouseEvent &event);
  bool release(const QMouseEvent &event);
  void edited();
  QSizeF view() const { return QSizeF(area->size()).expandedTo({1, 1}); }

  TrajectoryView3d *q;
  QWidget *area;
  Layer *layer;
  GlCanvas *canvas = nullptr;
  Trajectory3dData data;
  Bodies3d bodies, cursorBodies;
  TimeAxis time;
  Camera3d camera;
  std::optional<std::int64_t> cursor;
  bool userView = false;
  QPointF pressed, last;
  bool dragging = false;
};

TrajectoryView3d::TrajectoryView3d(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>(this)) {
  d->camera.turn = Camera3d::fromTheSide();
  d->area->setMouseTracking(true);
  d->area->installEventFilter(this);
  if (openGlProblem().isEmpty()) {
    d->canvas = new GlCanvas(d->area);
    d->canvas->installEventFilter(this);
    d->canvas->setFocusPolicy(Qt::NoFocus);
    connect(d->canvas, &GlCanvas::failed, this, [this] {
      d->canvas->hide();
      d->layer->update();
    });
  }
  d->layer->raise();
  d->layer->paint = [this](QPainter &painter) {
    const PlotTheme look = theme();
    if (!isShaded()) {
      painter.fillRect(d->layer->rect(), look.background);
      Bodies3d all = d->bodies;
      all.lines.insert(all.lines.end(), d->cursorBodies.lines.begin(), d->cursorBodies.lines.end());
      all.balls = d->cursorBodies.balls;
      paintBodies(painter, all, d->camera, d->view(), look);
    }
    paintLabels(painter, d->data, d->time, d->bodies, d->camera, d->view(), look, d->cursor);
    if (!isShaded()) {
      painter.setFont(look.font);
      painter.setPen(look.text);
      painter.drawText(d->layer->rect().adjusted(6, 4, -6, -4),
                       Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap,
                       openGlProblem().isEmpty() ? tr("OpenGL could not be started: drawn without shading.")
                                                 : openGlProblem());
    }
  };
  setContent(d->area);
  d->rebuild();
}

TrajectoryView3d::~TrajectoryView3d() {
  d->area->removeEventFilter(this);
  if (d->canvas)
    d->canvas->removeEventFilter(this);
}

void TrajectoryView3d::Private::placeCursor() {
  // A checkpoint without outputs has no place on the path: a ball elsewhere would speak of another one.
  cursorBodies = cursor && std::binary_search(data.steps.begin(), data.steps.end(), *cursor)
                     ? widgets::cursorBodies(data, q->theme(), bodies.extent, *cursor)
                     : Bodies3d();
  if (canvas)
    canvas->scene().setCursorBodies(cursorBodies);
}

void TrajectoryView3d::Private::rebuild() {
  bodies = data.points.empty() ? Bodies3d() : bodiesOf(data, time, q->theme());
  if (canvas) {
    canvas->scene().setBackground(q->theme().background);
    canvas->scene().setBodies(bodies);
  }
  placeCursor();
  place();
  showCamera(false);
  q->contentChanged(!data.points.empty() && !bodies.frame.empty());
}

void TrajectoryView3d::Private::place() {
  if (!userView && !bodies.frame.empty())
    camera.fit(bodies.frame, view(), colorBarRoom(data, q->theme()));
}

void TrajectoryView3d::Private::showCamera(bool moving) {
  if (canvas) {
    canvas->scene().setCamera(camera);
    canvas->refresh(moving);
  }
  layer->update();
}

void TrajectoryView3d::Private::edited() {
  userView = true;
  showCamera(true);
  Q_EMIT q->viewEdited();
}

std::optional<std::size_t> TrajectoryView3d::pointNear(const QPointF &pixel, double reach) const {
  std::optional<std::size_t> best;
  double nearest = reach, depth = 0;
  for (std::size_t i = 0; i < d->data.points.size(); ++i) {
    const QPointF at = d->camera.toPixel(d->data.points[i], d->view()) - pixel;
    const double distance = std::hypot(at.x(), at.y()), front = d->camera.depth(d->data.points[i]);
    // Where two parts of the path cross on the screen the one in front is meant.
    if (distance < nearest - 1 || (distance < nearest + 1 && distance < reach && best && front > depth) ||
        (!best && distance < nearest)) {
      nearest = std::min(nearest, distance);
      depth = front;
      best = i;
    }
  }
  return best;
}

void TrajectoryView3d::Private::moveTo(std::size_t index) {
  q->setCursorStep(data.steps[index]);
  Q_EMIT q->cursorMoved(data.steps[index]);
}

void TrajectoryView3d::Private::hover(const QPointF &pixel) {
  QString text;
  if (const auto index = q->pointNear(pixel, kReach)) {
    const QVector3D &p = data.points[*index];
    text = tr("step %1: (%2, %3, %4)")
               .arg(QLocale(QLocale::English).toString(qint64(data.steps[*index])),
                    formatNumber(double(p.x())), formatNumber(double(p.y())), formatNumber(double(p.z())));
    if (const int stage = stageAt(data.stages, data.steps[*index]); stage >= 0) {
      const StageBand &band = data.stages[std::size_t(stage)];
      text +=
          tr(" · stage %1").arg(MathLabel(band.label + QLatin1Char(' ') + band.name).plainText().trimmed());
    }
  }
  for (const SpaceMark &mark : data.marks) {
    const QPointF at = camera.toPixel(mark.at, view()) - pixel;
    if (!mark.note.isEmpty() && std::hypot(at.x(), at.y()) < kReach / 2)
      text += (text.isEmpty() ? QString() : QStringLiteral("\n")) + mark.note;
  }
  if (text.isEmpty())
    QToolTip::hideText();
  else
    QToolTip::showText(area->mapToGlobal(pixel.toPoint()), text, area);
  Q_EMIT q->hovered(text);
}

bool TrajectoryView3d::Private::press(const QMouseEvent &event) {
  pressed = last = event.position();
  dragging = false;
  q->setFocus(Qt::MouseFocusReason);
  return true;
}

bool TrajectoryView3d::Private::move(const QMouseEvent &event) {
  if (event.buttons() == Qt::NoButton) {
    hover(event.position());
    return true;
  }
  if (!dragging && (event.position() - pressed).manhattanLength() < QApplication::startDragDistance())
    return true;
  dragging = true;
  const QPointF by = event.position() - std::exchange(last, event.position());
  if (event.buttons() & Qt::MiddleButton || event.modifiers() & Qt::ControlModifier)
    camera.pan(by, view());
  else
    camera.rotate(by, view());
  edited();
  return true;
}

bool TrajectoryView3d::Private::release(const QMouseEvent &event) {
  if (!std::exchange(dragging, false) && event.button() == Qt::LeftButton)
    if (const auto index = q->pointNear(event.position(), std::numeric_limits<double>::infinity()))
      moveTo(*index);
  return true;
}

bool TrajectoryView3d::eventFilter(QObject *watched, QEvent *event) {
  switch (event->type()) {
  case QEvent::Resize:
    if (watched == d->area) {
      if (d->canvas)
        d->canvas->setGeometry(d->area->rect());
      d->layer->setGeometry(d->area->rect());
      d->place();
      d->showCamera(false);
    }
    return false;
  case QEvent::MouseButtonPress:
    return d->press(static_cast<QMouseEvent &>(*event));
  case QEvent::MouseMove:
    return d->move(static_cast<QMouseEvent &>(*event));
  case QEvent::MouseButtonRelease:
    return d->release(static_cast<QMouseEvent &>(*event));
  case QEvent::MouseButtonDblClick:
    fit();
    return true;
  case QEvent::Wheel: {
    const auto &wheel = static_cast<QWheelEvent &>(*event);
    d->camera.zoom(std::pow(kWheelZoom, wheel.angleDelta().y() / 120.0), wheel.position(), d->view());
    d->edited();
    return true;
  }
  case QEvent::Leave:
    Q_EMIT hovered({});
    return false;
  default:
    return false;
  }
}

void TrajectoryView3d::setTimeAxis(const TimeAxis &axis) {
  d->time = axis;
  d->rebuild();
}

void TrajectoryView3d::setTrajectory(const Trajectory3dData &path) {
  d->data = path;
  d->rebuild();
}

const Trajectory3dData &TrajectoryView3d::trajectory() const {
  return d->data;
}

void TrajectoryView3d::setCursorStep(std::int64_t step) {
  if (d->cursor == step)
    return;
  d->cursor = step;
  d->placeCursor();
  d->showCamera(true);
}

std::optional<std::int64_t> TrajectoryView3d::cursorStep() const {
  return d->cursor;
}

Camera3d TrajectoryView3d::camera() const {
  return d->camera;
}

void TrajectoryView3d::setCamera(const Camera3d &camera) {
  d->camera = camera;
  d->userView = true;
  d->showCamera(false);
}

bool TrajectoryView3d::isViewEdited() const {
  return d->userView;
}

void TrajectoryView3d::lookAtPlane(int right, int up) {
  d->camera.turn = Camera3d::alongPlane(right, up);
  d->userView = false;
  d->place();
  d->userView = true;
  d->showCamera(false);
  Q_EMIT viewEdited();
}

void TrajectoryView3d::fit() {
  d->camera.turn = Camera3d::fromTheSide();
  d->userView = false;
  d->place();
  d->showCamera(false);
  Q_EMIT viewEdited();
}

bool TrajectoryView3d::isShaded() const {
  return d->canvas && !d->canvas->isHidden();
}

GlCanvas *TrajectoryView3d::canvas() const {
  return d->canvas;
}

const Bodies3d &TrajectoryView3d::bodies() const {
  return d->bodies;
}

const Bodies3d &TrajectoryView3d::cursorBodies() const {
  return d->cursorBodies;
}

SpaceFigure TrajectoryView3d::figure() const {
  SpaceFigure figure;
  figure.title = title();
  figure.data = d->data;
  figure.time = d->time;
  figure.camera = d->camera;
  figure.fits = !d->userView;
  figure.cursor = d->cursor;
  figure.shades = isShaded();
  return figure;
}

void TrajectoryView3d::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  figure().paintFigure(painter, spec);
}

PlotTable TrajectoryView3d::table() const {
  PlotTable table;
  table.header << tr("step");
  for (const QString &label : d->data.axisLabels)
    table.header << MathLabel(label).plainText();
  table.rows = int(d->data.steps.size());
  table.cell = [this](int row, int column) {
    const auto i = std::size_t(row);
    return column == 0 ? QString::number(d->data.steps[i]) : csvNumber(double(d->data.points[i][column - 1]));
  };
  return table;
}

QString TrajectoryView3d::summary() const {
  return tr("Path of %n point(s) in the space of %1, %2 and %3, from step %4 to step %5", nullptr,
            int(d->data.steps.size()))
      .arg(MathLabel(d->data.axisLabels[0]).plainText(), MathLabel(d->data.axisLabels[1]).plainText(),
           MathLabel(d->data.axisLabels[2]).plainText(), formatStep(d->data.steps.front()),
           formatStep(d->data.steps.back()));
}

void TrajectoryView3d::themeChanged() {
  d->rebuild();
}

void TrajectoryView3d::keyPressEvent(QKeyEvent *event) {
  const bool plain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
  const int by = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
  if (!plain || d->data.points.empty()) {
    PlotPane::keyPressEvent(event);
    return;
  }
  if (event->key() == Qt::Key_1)
    lookAtPlane(0, 1);
  else if (event->key() == Qt::Key_3)
    lookAtPlane(0, 2);
  else if (event->key() == Qt::Key_7)
    lookAtPlane(1, 2);
  else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
    fit();
  else if (by != 0) {
    const auto now = std::ptrdiff_t(d->cursor ? pointAt(d->data, *d->cursor) : 0);
    d->moveTo(std::size_t(std::clamp<std::ptrdiff_t>(now + by, 0, std::ssize(d->data.steps) - 1)));
  } else
    PlotPane::keyPressEvent(event);
}

} // namespace evolute::widgets

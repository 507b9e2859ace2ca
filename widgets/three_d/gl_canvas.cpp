// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/three_d/gl_canvas.h"

#include <utility>

#include <QOpenGLContext>

#include "widgets/three_d/render_context.h"

namespace evolute::widgets {

namespace {
constexpr int kSamplesAtRest = 8; // a frame of half a megapixel: 24 ms in software, without samples 5 ms
constexpr int kRestMs = 150;
} // namespace

GlCanvas::GlCanvas(QWidget *parent) : QOpenGLWidget(parent) {
  setMouseTracking(true);
  m_rest.setSingleShot(true);
  m_rest.setInterval(kRestMs);
  connect(&m_rest, &QTimer::timeout, this, [this] { refresh(false); });
}

GlCanvas::~GlCanvas() {
  // First of all: the signal would come in the midst of the base class' end, with us half gone.
  disconnect(m_contextEnds);
  endContext();
}

void GlCanvas::refresh(bool moving) {
  m_dirty = true;
  if (m_context)
    m_context->window()->SetMultiSamples(moving ? 0 : kSamplesAtRest);
  moving ? m_rest.start() : m_rest.stop();
  update();
}

void GlCanvas::initializeGL() {
  if (!context() || !context()->isValid()) {
    Q_EMIT failed();
    return;
  }
  ++m_contexts;
  m_contextEnds = connect(context(), &QOpenGLContext::aboutToBeDestroyed, this, &GlCanvas::endContext);
  m_context = std::make_unique<RenderContext>(context(), context()->surface(), [this] { update(); });
  m_scene.attach(m_context->window());
  m_context->window()->SetMultiSamples(kSamplesAtRest);
  m_dirty = true;
}

void GlCanvas::endContext() {
  if (!m_context)
    return;
  makeCurrent();
  m_scene.attach(nullptr);
  m_context.reset();
  doneCurrent();
}

void GlCanvas::resizeGL(int, int) {
  m_dirty = true;
}

void GlCanvas::paintGL() {
  if (!m_context)
    return;
  if (std::exchange(m_dirty, false)) {
    const QSize pixels = size() * devicePixelRatio();
    m_context->window()->SetSize(pixels.width(), pixels.height());
    m_scene.setPixelRatio(devicePixelRatioF());
    m_context->render();
    makeCurrent(); // whatever rendering set off may have taken it
  }
  m_context->blitTo(defaultFramebufferObject());
}

} // namespace evolute::widgets

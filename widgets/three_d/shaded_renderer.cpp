// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <QCoreApplication>
#include <QGuiApplication>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLExtraFunctions>
#include <QOpenGLFramebufferObject>
#include <QSurfaceFormat>

#include "widgets/three_d/render_context.h"
#include "widgets/three_d/shaded_scene.h"

namespace evolute::widgets {

struct ShadedRenderer::Private {
  QOffscreenSurface surface;
  ShadedScene scene;
  std::unique_ptr<QOpenGLContext> context;
  std::unique_ptr<RenderContext> window; // goes before the context

  bool begin() {
    if (!surface.isValid())
      return false;
    if (!context) {
      context = std::make_unique<QOpenGLContext>();
      if (!context->create() || !context->makeCurrent(&surface))
        return false;
      window = std::make_unique<RenderContext>(context.get(), &surface, std::function<void()>());
      scene.attach(window->window());
    }
    return window && context->makeCurrent(&surface);
  }
};

ShadedRenderer::ShadedRenderer() : d(std::make_unique<Private>()) {
  if (openGlProblem().isEmpty())
    d->surface.create();
}

ShadedRenderer::~ShadedRenderer() {
  release();
}

void ShadedRenderer::release() {
  if (d->context && d->window)
    d->context->makeCurrent(&d->surface);
  d->scene.attach(nullptr);
  d->window.reset();
  d->context.reset();
}

ShadedScene &ShadedRenderer::scene() {
  return d->scene;
}

QImage ShadedRenderer::render(const QSize &pixels, int samples) {
  if (pixels.isEmpty() || !d->begin())
    return {};
  GLint most = 0;
  d->context->functions()->glGetIntegerv(GL_MAX_RENDERBUFFER_SIZE, &most);
  if (std::max(pixels.width(), pixels.height()) > most)
    return {};
  d->window->window()->SetMultiSamples(samples);
  d->window->window()->SetSize(pixels.width(), pixels.height());
  d->window->render();
  d->context->makeCurrent(&d->surface);
  QOpenGLFramebufferObject target(pixels); // one sample a pixel: can be read
  d->window->blitTo(target.handle());
  QImage image = target.toImage().convertToFormat(QImage::Format_RGB32);
  d->context->doneCurrent();
  return image;
}

void prepareOpenGl() {
  QCoreApplication::setAttribute(Qt::AA_ShareOpenGLContexts);
  QSurfaceFormat format;
  format.setRenderableType(QSurfaceFormat::OpenGL); // Wayland might hand out OpenGL ES
  format.setVersion(3, 2);
  format.setProfile(QSurfaceFormat::CoreProfile);
  format.setRedBufferSize(8);
  format.setGreenBufferSize(8);
  format.setBlueBufferSize(8);
  format.setAlphaBufferSize(8);
  format.setDepthBufferSize(8);
  format.setSamples(0); // VTK has samples of its own
  QSurfaceFormat::setDefaultFormat(format);
}

QString openGlProblem() {
  static const QString problem = [] {
    const QString platform = QGuiApplication::platformName();
    QOpenGLContext context;
    const bool windows = platform != QLatin1String("offscreen") && platform != QLatin1String("minimal") &&
                         platform != QLatin1String("vnc");
    if (windows && context.create() && context.format().version() >= qMakePair(3, 2))
      return QString();
    return QCoreApplication::translate("TrajectoryView3d",
                                       "No OpenGL 3.2 on this display (%1): the scene is drawn without "
                                       "shading. A driver such as Mesa brings it.")
        .arg(platform);
  }();
  return problem;
}

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes VTK.
#include <functional>

#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkSmartPointer.h>

class QOpenGLContext;
class QSurface;

namespace evolute::widgets {

/// VTK's render window in an OpenGL context that Qt owns. After VTK's own Qt adapter, whose package is built
/// for Qt 5; what it does in which order was found out there and by trying (VTK 9.1).
class RenderContext {
public:
  /// `context` is current on `surface`. `frame`: VTK wants to be shown.
  RenderContext(QOpenGLContext *context, QSurface *surface, std::function<void()> frame);
  ~RenderContext(); ///< `context` must be alive, or endEarly() have been called
  RenderContext(const RenderContext &) = delete;
  RenderContext &operator=(const RenderContext &) = delete;

  vtkGenericOpenGLRenderWindow *window() { return m_window; }
  void render(); ///< with the context current
  /// What was rendered, into a framebuffer of the same size; opaque.
  void blitTo(unsigned framebuffer);
  void endEarly(); ///< the context is about to go: gives VTK's objects back

private:
  QOpenGLContext *m_context;
  QSurface *m_surface;
  std::function<void()> m_frame;
  vtkSmartPointer<vtkGenericOpenGLRenderWindow> m_window;
  bool m_inRender = false;
};

} // namespace evolute::widgets

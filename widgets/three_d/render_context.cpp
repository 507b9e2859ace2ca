// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/three_d/render_context.h"

#include <QByteArray>
#include <QOpenGLContext>
#include <QOpenGLExtraFunctions>
#include <QtGlobal>

#include <vtkCommand.h>
#include <vtkNew.h>
#include <vtkObjectFactory.h>
#include <vtkOpenGLFramebufferObject.h>
#include <vtkOpenGLState.h>
#include <vtkOutputWindow.h>

namespace evolute::widgets {

namespace {

/// VTK's messages among Qt's. Under an EGL context Debian's GLEW reports a failure of its initialisation
/// although everything works: that one is dropped.
class MessageSink : public vtkOutputWindow {
public:
  static MessageSink *New();
  vtkTypeMacro(MessageSink, vtkOutputWindow) // brings its own semicolon
      void DisplayText(const char *text) override {
    if (!QByteArray(text).contains("GLEW"))
      qWarning("%s", text);
  }
};
vtkStandardNewMacro(MessageSink);

void redirectMessages() {
  static const bool done = [] {
    vtkNew<MessageSink> sink;
    vtkOutputWindow::SetInstance(sink);
    return true;
  }();
  Q_UNUSED(done)
}

template <class Function> void observe(vtkObject *object, unsigned long event, Function function) {
  struct Command : vtkCommand {
    explicit Command(Function f) : function(std::move(f)) {}
    void Execute(vtkObject *, unsigned long, void *data) override { function(data); }
    Function function;
  };
  auto *command = new Command(std::move(function)); // counted by VTK from here
  object->AddObserver(event, command);
  command->UnRegister();
}

} // namespace

RenderContext::RenderContext(QOpenGLContext *context, QSurface *surface, std::function<void()> frame)
    : m_context(context), m_surface(surface), m_frame(std::move(frame)),
      m_window(vtkSmartPointer<vtkGenericOpenGLRenderWindow>::New()) {
  redirectMessages();
  // The context itself, not QOpenGLWidget::makeCurrent(): that would bind Qt's framebuffer behind VTK's back.
  observe(m_window, vtkCommand::WindowMakeCurrentEvent, [this](void *) {
    if (m_context)
      m_context->makeCurrent(m_surface);
  });
  observe(m_window, vtkCommand::WindowIsCurrentEvent, [this](void *answer) {
    *static_cast<bool *>(answer) = m_context && QOpenGLContext::currentContext() == m_context;
  });
  observe(m_window, vtkCommand::WindowFrameEvent, [this](void *) {
    if (!m_inRender && m_frame)
      m_frame();
  });
  m_window->SetFrameBlitModeToNoBlit();
  m_window->SetForceMaximumHardwareLineWidth(1);
  m_window->SetReadyForRendering(false);
  m_window->SetOwnContext(0);
  m_window->SetSupportsOpenGL(1); // Qt has made the context
  m_window->OpenGLInitContext();
  m_window->SetReadyForRendering(true);
}

RenderContext::~RenderContext() {
  if (!m_context)
    return;
  m_context->makeCurrent(m_surface);
  endEarly();
}

void RenderContext::endEarly() {
  m_window->Finalize();
  m_window->SetReadyForRendering(false);
  m_context = nullptr;
}

void RenderContext::render() {
  vtkOpenGLState *state = m_window->GetState();
  state->Reset();                   // Qt has used the context since
  state->vtkglDepthFunc(GL_LEQUAL); // Qt leaves GL_LESS
  m_inRender = true;
  m_window->Render();
  m_inRender = false;
}

void RenderContext::blitTo(unsigned framebuffer) {
  QOpenGLExtraFunctions *gl = m_context->extraFunctions();
  const int *size = m_window->GetSize();
  gl->glBindFramebuffer(GL_READ_FRAMEBUFFER, m_window->GetDisplayFramebuffer()->GetFBOIndex());
  gl->glReadBuffer(GL_COLOR_ATTACHMENT0);
  gl->glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffer);
  gl->glDisable(GL_SCISSOR_TEST);
  gl->glBlitFramebuffer(0, 0, size[0], size[1], 0, 0, size[0], size[1], GL_COLOR_BUFFER_BIT, GL_NEAREST);
  // Without this the window's grey shines through a white background.
  gl->glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
  gl->glColorMask(GL_FALSE, GL_FALSE, GL_FALSE, GL_TRUE);
  gl->glClearColor(0, 0, 0, 1);
  gl->glClear(GL_COLOR_BUFFER_BIT);
  gl->glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
}

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QOpenGLWidget>
#include <QTimer>

#include "widgets/three_d/shaded_scene.h"

namespace evolute::widgets {

class RenderContext;

/// A shaded scene in a window. Draws when told, or when Qt needs it. Survives the loss of its OpenGL context,
/// as when a pane moves to another window.
class GlCanvas : public QOpenGLWidget {
  Q_OBJECT
public:
  explicit GlCanvas(QWidget *parent = nullptr);
  ~GlCanvas() override;

  ShadedScene &scene() { return m_scene; }
  /// The scene has changed. While it moves it is drawn without smoothing edges, and with it once it rests.
  void refresh(bool moving = false);
  int contextCount() const { return m_contexts; } ///< how often OpenGL had to be set up

Q_SIGNALS:
  void failed(); ///< there is no OpenGL after all

protected:
  void initializeGL() override;
  void resizeGL(int width, int height) override;
  void paintGL() override;

private:
  void endContext();
  ShadedScene m_scene;
  std::unique_ptr<RenderContext> m_context;
  QTimer m_rest;
  QMetaObject::Connection m_contextEnds;
  bool m_dirty = true;
  int m_contexts = 0;
};

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <memory>

#include <QImage>
#include <QSize>

#include "widgets/three_d/camera3d.h"
#include "widgets/three_d/trajectory3d.h"

class vtkRenderWindow;

namespace evolute::widgets {

/// Bodies as VTK shades them. Knows no Qt window: whoever has an OpenGL context gives a render window.
class ShadedScene {
public:
  ShadedScene();
  ~ShadedScene();
  ShadedScene(const ShadedScene &) = delete;
  ShadedScene &operator=(const ShadedScene &) = delete;

  void attach(vtkRenderWindow *window); ///< null: from none
  void setBodies(const Bodies3d &bodies);
  void setCursorBodies(const Bodies3d &bodies); ///< beside them; cheap to change
  void setCamera(const Camera3d &camera);       ///< of the whole window
  void setBackground(const QColor &color);
  /// Lines and points are so many device pixels for each pixel of their widths.
  void setPixelRatio(double ratio);

  int actorCount() const;               ///< lines of one width are one actor
  std::array<double, 6> bounds() const; ///< x, y, z: low and high of all that is visible

private:
  struct Private;
  std::unique_ptr<Private> d;
};

/// Shaded pictures without a window, in an OpenGL context of its own. To be made and destroyed in the GUI
/// thread; render() and release() belong to one thread, which may be another.
class ShadedRenderer {
public:
  ShadedRenderer();
  ~ShadedRenderer(); ///< after release(), where another thread rendered
  ShadedRenderer(const ShadedRenderer &) = delete;
  ShadedRenderer &operator=(const ShadedRenderer &) = delete;

  ShadedScene &scene();
  /// Null when there is no OpenGL or it refuses the size. `samples` a pixel.
  QImage render(const QSize &pixels, int samples = 8);
  void release(); ///< gives back what render() took

private:
  struct Private;
  std::unique_ptr<Private> d;
};

/// Before QApplication is made: contexts that share their objects, so that a pane which changes its window
/// keeps its picture, and a surface format that VTK can use.
void prepareOpenGl();
/// Empty, or one sentence why there is no OpenGL here. Asked once; needs the application.
QString openGlProblem();

} // namespace evolute::widgets

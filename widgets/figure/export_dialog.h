// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include <QDialog>

#include "widgets/figure/figure_export.h"

namespace evolute::widgets {

/// Size, fonts and format of a figure with a preview drawn exactly as the output will be. Saves or copies.
class ExportDialog : public QDialog {
  Q_OBJECT
public:
  /// `source` outlives the dialog. `recipe` is embedded in what is written.
  ExportDialog(const FigureSource &source, const QString &recipe, QWidget *parent = nullptr);
  ~ExportDialog() override;

  /// Who does the writing, pixels of a fine PNG take a second: is to run `write` beside the window, in any
  /// thread, and then give its answer to `done` in the GUI thread. Without it the dialog waits.
  using Runner =
      std::function<void(std::function<QString()> write, std::function<void(const QString &)> done)>;
  void setRunner(Runner runner);

  FigureSpec spec() const;
  void setSpec(const FigureSpec &spec);
  FigureFormat format() const;
  void setFormat(FigureFormat format);

Q_SIGNALS:
  void exported(const QString &fileName);

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

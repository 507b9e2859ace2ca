// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace evolute::app {

/// Version, licence, what it is built on and whose methods it implements.
class AboutDialog : public QDialog {
  Q_OBJECT
public:
  explicit AboutDialog(QWidget *parent = nullptr);
};

} // namespace evolute::app

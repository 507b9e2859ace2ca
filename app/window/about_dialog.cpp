// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/about_dialog.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "app/window/themed_icon.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

AboutDialog::AboutDialog(QWidget *parent) : QDialog(parent) {
  setObjectName(u"aboutDialog"_s);
  setWindowTitle(tr("About Evolute"));
  auto *picture = new QLabel;
  picture->setPixmap(themedPixmap(u"evolute"_s, 72, devicePixelRatioF()));
  const auto paper = [](const QString &who, const QString &id) {
    return u"<li>%1, <a href=\"https://arxiv.org/abs/%2\">arXiv:%2</a></li>"_s.arg(who, id);
  };
  auto *text = new QLabel(
      u"<h2>Evolute %1</h2>"_s.arg(QCoreApplication::applicationVersion()) +
      u"<p>%1</p>"_s.arg(
          tr("A workbench for developmental interpretability: how a neural network develops while "
             "it is trained.")) +
      u"<p>%1</p><ul>"_s.arg(tr("Methods:")) +
      paper(tr("local learning coefficient: Lau et al. 2023"), u"2308.12108"_s) +
      paper(tr("developmental stages, essential dynamics: Hoogland et al. 2024"), u"2402.02364"_s) +
      paper(tr("refined coefficients of components: Wang et al. 2024"), u"2410.02984"_s) +
      paper(tr("R̂ and effective draws: Vehtari et al. 2021"), u"1903.08008"_s) +
      u"</ul><p>%1</p>"_s.arg(tr("Built on Qt %1, QCustomPlot, LibTorch, Eigen and SQLite.")
                                  .arg(QString::fromLatin1(qVersion()))) +
      u"<p>%1</p>"_s.arg(
          tr("Free software under the GNU General Public License, version 3 or later; it comes "
             "without any warranty.")));
  text->setWordWrap(true);
  text->setOpenExternalLinks(true);
  text->setTextInteractionFlags(Qt::TextBrowserInteraction);
  text->setMinimumWidth(440);
  auto *top = new QHBoxLayout;
  top->setSpacing(18);
  top->addWidget(picture, 0, Qt::AlignTop);
  top->addWidget(text, 1);
  auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto *layout = new QVBoxLayout(this);
  layout->addLayout(top);
  layout->addWidget(buttons);
}

} // namespace evolute::app

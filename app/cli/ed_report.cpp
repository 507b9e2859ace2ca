// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/ed_report.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "app/cli/number_text.h"
#include "app/cli/text_table.h"

namespace evolute::app::cli {

namespace {

using nlohmann::json;

constexpr Eigen::Index kShownComponents = 4;

template <typename Vector> std::vector<double> listOf(const Vector &values) {
  return {values.begin(), values.end()};
}

std::string degrees(double radians) {
  return numberText(radians * 180 / std::numbers::pi, 3);
}

std::string planeName(const core::PlaneGeometry &plane) {
  return "PC" + std::to_string(plane.firstComponent + 1) + " x PC" +
         std::to_string(plane.secondComponent + 1);
}

void printPoints(const EdSpace &space, Console &console) {
  const auto components = Eigen::Index(space.explained.size()),
             shown = std::min(kShownComponents, components);
  std::vector<std::string> headings = {"step"};
  std::string explained = "Explained:";
  for (Eigen::Index c = 0; c < components; ++c) {
    if (c < shown)
      headings.push_back("PC" + std::to_string(c + 1));
    explained += " " + numberText(100 * space.explained[std::size_t(c)], 3) + " %";
  }
  headings.push_back("run");
  TextTable table(headings);
  for (const RunPath &run : space.runs)
    for (Eigen::Index i = 0; i < run.path.points.rows(); ++i) {
      std::vector<std::string> cells = {std::to_string(run.path.steps[std::size_t(i)])};
      for (Eigen::Index c = 0; c < shown; ++c)
        cells.push_back(numberText(run.path.points(i, c)));
      cells.push_back(run.run);
      table.addRow(cells);
    }
  console.print(table.text() + explained + "\n\n");
}

void printShapes(const RunPath &run, Console &console) {
  const auto step = [&](Eigen::Index i) { return std::to_string(run.path.steps[std::size_t(i)]); };
  TextTable vertices({"vertex at", "plane", "kind", "radius", "contact (deg)", "from", "to", "rank", "run"});
  bool any = false;
  for (const core::PlaneGeometry &plane : run.geometry.planes)
    for (const core::Vertex &v : plane.vertices) {
      vertices.addRow({step(v.index), planeName(plane), nameOf(v.kind), numberText(v.circle.radius),
                       degrees(v.contactAngle), step(v.first), step(v.last), numberText(v.rank, 2), run.run});
      any = true;
    }
  if (any)
    console.print(vertices.text() + "\n");
  if (run.geometry.forms.empty())
    return;
  TextTable forms(
      {"form at", "PC1", "PC2", "PC3", "disagreement", "contact (deg)", "from", "to", "rank", "run"});
  for (const core::Form &f : run.geometry.forms)
    forms.addRow({step(f.index), numberText(f.place(0)), numberText(f.place(1)), numberText(f.place(2)),
                  numberText(f.disagreement, 2), degrees(f.contactAngle), step(f.first), step(f.last),
                  numberText(f.rank, 2), run.run});
  console.print(forms.text() + "\n");
}

json vertexJson(const RunPath &run, const core::PlaneGeometry &plane, const core::Vertex &v) {
  const auto step = [&](Eigen::Index i) { return run.path.steps[std::size_t(i)]; };
  return {{"run", run.run},
          {"step", step(v.index)},
          {"plane", {plane.firstComponent + 1, plane.secondComponent + 1}},
          {"kind", nameOf(v.kind)},
          {"radius", v.circle.radius},
          {"curvature", v.circle.curvature},
          {"centre", listOf(v.circle.centre)},
          {"contact_angle", v.contactAngle},
          {"first_step", step(v.first)},
          {"last_step", step(v.last)},
          {"prominence", v.prominence},
          {"rank", v.rank}};
}

json formJson(const RunPath &run, const core::Form &f) {
  const auto step = [&](Eigen::Index i) { return run.path.steps[std::size_t(i)]; };
  const Eigen::MatrixXd points = run.geometry.path.points.leftCols(f.place.size());
  return {{"run", run.run},
          {"step", step(f.index)},
          {"pc", listOf(f.place)},
          {"contact_angle", f.contactAngle},
          {"disagreement", f.disagreement},
          {"first_step", step(f.first)},
          {"last_step", step(f.last)},
          {"rank", f.rank},
          {"potential", listOf(core::formPotential(points, f.place))}};
}

json settingsJson(const core::GeometrySettings &settings) {
  const core::SmoothingSettings &s = settings.smoothing;
  return {{"smoothing",
           {{"width", nameOf(s.width)},
            {"sigma", s.sigma},
            {"start_sigma", s.startSigma},
            {"ramp_end", s.rampEnd},
            {"arc_length", s.byArcLength},
            {"before_pca", s.beforePca}}},
          {"components", settings.components},
          {"walks", settings.walks},
          {"seed", settings.seed}};
}

} // namespace

void printEd(const std::vector<EdSpace> &spaces, Console &console) {
  for (const EdSpace &space : spaces) {
    printPoints(space, console);
    for (const RunPath &run : space.runs)
      printShapes(run, console);
  }
}

void addEd(json &document, const std::vector<EdSpace> &spaces, const core::GeometrySettings &settings) {
  json points = json::array(), list = json::array(), vertices = json::array(), forms = json::array(),
       geometries = json::array();
  for (const EdSpace &space : spaces) {
    const auto dims = Eigen::Index(space.explained.size());
    json names = json::array();
    for (const RunPath &run : space.runs) {
      names.push_back(run.run);
      for (Eigen::Index i = 0; i < run.path.points.rows(); ++i) {
        points.push_back({{"run", run.run},
                          {"step", run.path.steps[std::size_t(i)]},
                          {"pc", listOf(Eigen::VectorXd(run.path.points.row(i).head(dims)))}});
        if (run.geometry.settings.smoothing.isOn())
          points.back()["smoothed"] = listOf(Eigen::VectorXd(run.geometry.path.points.row(i).head(dims)));
      }
      for (const core::PlaneGeometry &plane : run.geometry.planes)
        for (const core::Vertex &v : plane.vertices)
          vertices.push_back(vertexJson(run, plane, v));
      for (const core::Form &f : run.geometry.forms)
        forms.push_back(formJson(run, f));
      geometries.push_back({{"run", run.run},
                            {"sigma", run.geometry.settings.smoothing.sigma},
                            {"explained", listOf(run.geometry.path.explained.head(
                                              std::min(dims, run.geometry.path.explained.size())))},
                            {"walks", run.geometry.walks},
                            {"walk_correlation", run.geometry.walkCorrelation},
                            {"walk_noise_share", run.geometry.walkNoiseShare}});
    }
    list.push_back({{"runs", names}, {"features", space.features}, {"explained", space.explained}});
  }
  document["explained"] = spaces.size() == 1 ? list.front()["explained"] : json();
  document["points"] = points;
  document["spaces"] = list;
  document["vertices"] = vertices;
  document["forms"] = forms;
  document["geometry"] = settingsJson(settings);
  document["geometry"]["runs"] = geometries;
}

} // namespace evolute::app::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/curve_clusters.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include <Eigen/Eigenvalues>

#include "core/error.h"
#include "core/metrics/agglomeration.h"
#include "core/sampling/philox.h"

namespace evolute::core {

using Eigen::Index;

namespace {

constexpr int kMostRounds = 100;
constexpr int kBarycentreRounds = 10;

constexpr std::array<std::pair<ClusterMethod, const char *>, 4> kMethods{
    {{ClusterMethod::KMeans, "k-means"},
     {ClusterMethod::TimeWarpingKMeans, "dtw-k-means"},
     {ClusterMethod::Shapes, "k-shape"},
     {ClusterMethod::Hierarchical, "hierarchical"}}};
constexpr std::array<std::pair<CurveScaling, const char *>, 3> kScalings{
    {{CurveScaling::None, "none"},
     {CurveScaling::Standardise, "standardise"},
     {CurveScaling::MinMax, "min-max"}}};

template <class Table, class Value> std::string nameIn(const Table &table, Value value) {
  for (const auto &[known, name] : table)
    if (known == value)
      return name;
  return {};
}

template <class Table> auto valueIn(const Table &table, const std::string &name, const std::string &what) {
  std::string names;
  for (const auto &[value, known] : table) {
    if (name == known)
      return value;
    names += (names.empty() ? "" : ", ") + std::string(known);
  }
  throw Error(what + ": expected one of " + names + ", found " + name);
}

CurveDistance distanceOf(ClusterMethod method) {
  return method == ClusterMethod::TimeWarpingKMeans ? CurveDistance::TimeWarping
         : method == ClusterMethod::Shapes          ? CurveDistance::Shape
                                                    : CurveDistance::Euclidean;
}

/// The curve with the least sum of squared warping distances to the members, about: at each of its places
/// stands the mean of what the members' paths lay there.
Eigen::VectorXd barycentre(const Eigen::MatrixXd &curves, const std::vector<Index> &members,
                           Eigen::VectorXd centre) {
  for (int round = 0; round < kBarycentreRounds; ++round) {
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(centre.size()), count = sum;
    for (const Index m : members)
      for (const auto &[i, j] : warpingPath(centre, curves.row(m).transpose())) {
        sum[i] += curves(m, j);
        ++count[i];
      }
    const Eigen::VectorXd next = sum.cwiseQuotient(count);
    const bool still = (next - centre).norm() <= 1e-9 * (1 + centre.norm());
    centre = next;
    if (still)
      break;
  }
  return centre;
}

/// The unit curve that is most alike the members moved to where they are most alike the last centre:
/// leading eigenvector of Q' S Q, S the scatter of the members, Q = 1 - 11'/n, then standardised.
Eigen::VectorXd shapeOf(const Eigen::MatrixXd &curves, const std::vector<Index> &members,
                        const Eigen::VectorXd &centre) {
  const Index n = curves.cols();
  Eigen::MatrixXd aligned(Index(members.size()), n);
  for (std::size_t k = 0; k < members.size(); ++k) {
    Index shift = 0;
    const Eigen::VectorXd curve = curves.row(members[k]).transpose();
    if (!centre.isZero())
      shapeDistance(centre, curve, &shift);
    aligned.row(Index(k)) = shifted(curve, shift).transpose();
  }
  aligned = scaled(aligned, CurveScaling::Standardise);
  // Q' S Q of rows that are centred already is S; its leading eigenvector is the leading right singular
  // vector.
  const Eigen::MatrixXd gram = aligned * aligned.transpose();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  Eigen::VectorXd shape = aligned.transpose() * solver.eigenvectors().col(gram.rows() - 1);
  if ((aligned * shape).sum() < 0) // an eigenvector has no sign
    shape = -shape;
  return scaled(shape.transpose(), CurveScaling::Standardise).transpose();
}

/// k-means with a distance and a centre of one's choice, from one start.
class CentreSearch {
public:
  CentreSearch(const Eigen::MatrixXd &curves, const ClusterSettings &settings, std::uint64_t start)
      : m_curves(curves), m_method(settings.method), m_count(settings.count) {
    const RandomStream random{streamKey(settings.seed, "curve-clusters", {}, {}, start)};
    m_uniforms.resize(std::size_t(m_count));
    random.uniforms(0, m_uniforms);
  }

  CurveClusters run() {
    begin();
    for (int round = 0; round < kMostRounds; ++round) {
      const std::vector<int> before = m_labels;
      assign();
      if (m_labels == before)
        break;
      fillEmpty();
      moveCentres();
    }
    CurveClusters result;
    result.labels = m_labels;
    result.centres = m_centres;
    result.cost = m_squared.sum();
    return result;
  }

private:
  double squaredTo(Index curve, Index centre) const {
    const double d = distanceBetween(m_centres.row(centre).transpose(), m_curves.row(curve).transpose(),
                                     distanceOf(m_method));
    return d * d;
  }

  /// Each centre a curve, drawn with odds of its squared distance to those before.
  void begin() {
    const Index n = m_curves.rows();
    m_centres.resize(m_count, m_curves.cols());
    m_squared = Eigen::VectorXd::Constant(n, std::numeric_limits<double>::infinity());
    Index chosen = std::min<Index>(n - 1, Index(m_uniforms[0] * double(n)));
    for (Index k = 0;; ++k) {
      m_centres.row(k) = m_curves.row(chosen);
      for (Index i = 0; i < n; ++i)
        m_squared[i] = std::min(m_squared[i], squaredTo(i, k));
      if (k + 1 == m_count)
        return;
      double left = m_uniforms[std::size_t(k + 1)] * m_squared.sum();
      for (chosen = 0; chosen + 1 < n && left >= m_squared[chosen]; ++chosen)
        left -= m_squared[chosen];
    }
  }

  void assign() {
    m_labels.assign(std::size_t(m_curves.rows()), 0);
    for (Index i = 0; i < m_curves.rows(); ++i) {
      m_squared[i] = std::numeric_limits<double>::infinity();
      for (Index k = 0; k < m_count; ++k)
        if (const double d = squaredTo(i, k); d < m_squared[i]) {
          m_squared[i] = d;
          m_labels[std::size_t(i)] = int(k);
        }
    }
  }

  std::vector<Index> members(int cluster) const {
    std::vector<Index> list;
    for (std::size_t i = 0; i < m_labels.size(); ++i)
      if (m_labels[i] == cluster)
        list.push_back(Index(i));
    return list;
  }

  void fillEmpty() {
    for (int k = 0; k < m_count; ++k) {
      if (!members(k).empty())
        continue;
      Index farthest = -1;
      for (Index i = 0; i < m_curves.rows(); ++i)
        if (members(m_labels[std::size_t(i)]).size() > 1 &&
            (farthest < 0 || m_squared[i] > m_squared[farthest]))
          farthest = i;
      m_labels[std::size_t(farthest)] = k; // there are as many curves as clusters, so one is to be had
      m_squared[farthest] = 0;
    }
  }

  void moveCentres() {
    for (int k = 0; k < m_count; ++k) {
      const std::vector<Index> of = members(k);
      Eigen::VectorXd centre = m_centres.row(k).transpose();
      if (m_method == ClusterMethod::TimeWarpingKMeans) {
        centre = barycentre(m_curves, of, centre);
      } else if (m_method == ClusterMethod::Shapes) {
        centre = shapeOf(m_curves, of, centre);
      } else {
        centre.setZero();
        for (const Index i : of)
          centre += m_curves.row(i).transpose();
        centre /= double(of.size());
      }
      m_centres.row(k) = centre.transpose();
    }
  }

  const Eigen::MatrixXd &m_curves;
  ClusterMethod m_method;
  int m_count;
  std::vector<double> m_uniforms;
  Eigen::MatrixXd m_centres;
  Eigen::VectorXd m_squared; // of each curve, to its centre
  std::vector<int> m_labels;
};

/// Clusters numbered by their first member: the same groups have the same numbers whatever found them.
void renumber(CurveClusters &clusters, int count) {
  std::map<int, int> number;
  for (int &label : clusters.labels)
    label = number.emplace(label, int(number.size())).first->second;
  if (clusters.centres.rows() == 0)
    return;
  Eigen::MatrixXd centres(count, clusters.centres.cols());
  for (const auto &[old, now] : number)
    centres.row(now) = clusters.centres.row(old);
  clusters.centres = centres;
}

CurveClusters agglomerated(const Eigen::MatrixXd &curves, const ClusterSettings &settings) {
  CurveClusters result;
  result.merges = agglomerate(distances(curves, CurveDistance::Euclidean), settings.linkage);
  result.labels = cutAt(result.merges, int(curves.rows()), settings.count);
  result.centres = Eigen::MatrixXd::Zero(settings.count, curves.cols());
  Eigen::VectorXd sizes = Eigen::VectorXd::Zero(settings.count);
  for (Index i = 0; i < curves.rows(); ++i) {
    result.centres.row(result.labels[std::size_t(i)]) += curves.row(i);
    ++sizes[result.labels[std::size_t(i)]];
  }
  for (Index k = 0; k < sizes.size(); ++k)
    result.centres.row(k) /= sizes[k];
  return result;
}

} // namespace

std::string nameOf(ClusterMethod method) {
  return nameIn(kMethods, method);
}
ClusterMethod clusterMethodFromName(const std::string &name) {
  return valueIn(kMethods, name, "method of clustering");
}
std::string nameOf(CurveScaling scaling) {
  return nameIn(kScalings, scaling);
}
CurveScaling curveScalingFromName(const std::string &name) {
  return valueIn(kScalings, name, "scaling of curves");
}

CurveClusters clusterCurves(const Eigen::MatrixXd &curves, const ClusterSettings &settings) {
  if (settings.count < 1 || settings.count > curves.rows())
    throw Error("number of clusters: expected 1 to " + std::to_string(curves.rows()) +
                " (the number of curves), found " + std::to_string(settings.count));
  const Eigen::MatrixXd compared =
      scaled(curves, settings.method == ClusterMethod::Shapes ? CurveScaling::Standardise : settings.scaling);
  CurveClusters best;
  if (settings.method == ClusterMethod::Hierarchical) {
    best = agglomerated(compared, settings);
  } else {
    best.cost = std::numeric_limits<double>::infinity();
    for (int start = 0; start < std::max(1, settings.restarts); ++start) {
      CurveClusters found = CentreSearch(compared, settings, std::uint64_t(start)).run();
      if (found.cost < best.cost)
        best = std::move(found);
    }
  }
  renumber(best, settings.count);
  return best;
}

} // namespace evolute::core

#include "profiler/least_squares.hpp"

#include <algorithm>
#include <cmath>

namespace tinyscope {
namespace {

// A column of which less than this part is its own, not a combination of others, tells nothing
// that noise and rounding would not drown.
constexpr double kOwnPart = 0.02;

// Solves the symmetric positive system `matrix` x = `right` of size n by Cholesky's method and
// leaves the inverse's diagonal in `inverse`. `matrix` is overwritten.
std::vector<double> solve_symmetric(std::vector<double> matrix, std::vector<double> right,
                                    std::vector<double>& inverse) {
  const std::size_t n = right.size();
  const auto at = [&](std::size_t i, std::size_t k) -> double& { return matrix[i * n + k]; };
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k <= i; ++k) {
      double sum = at(i, k);
      for (std::size_t j = 0; j < k; ++j) sum -= at(i, j) * at(k, j);
      at(i, k) = i == k ? std::sqrt(std::max(sum, 1e-300)) : sum / at(k, k);
    }
  }
  const auto substitute = [&](std::vector<double> x) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) x[i] -= at(i, j) * x[j];
      x[i] /= at(i, i);
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t j = i + 1; j < n; ++j) x[i] -= at(j, i) * x[j];
      x[i] /= at(i, i);
    }
    return x;
  };
  inverse.assign(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> unit(n, 0.0);
    unit[i] = 1;
    inverse[i] = substitute(std::move(unit))[i];
  }
  return substitute(std::move(right));
}

}  // namespace

LeastSquares::LeastSquares(std::size_t unknowns)
    : unknowns_(unknowns), products_(unknowns * unknowns), rights_(unknowns) {}

void LeastSquares::add(const std::vector<double>& row, double right) {
  for (std::size_t i = 0; i < unknowns_; ++i) {
    if (row[i] == 0) continue;
    for (std::size_t k = 0; k < unknowns_; ++k) at(i, k) += row[i] * row[k];
    rights_[i] += row[i] * right;
  }
  square_ += right * right;
  ++equations_;
}

// Takes columns in the order of what they contribute at the start values, each if enough of it is
// its own.
std::vector<std::size_t> LeastSquares::determined(const std::vector<double>& start,
                                                  Solution& solution) const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < unknowns_; ++i) order.push_back(i);
  const auto weight = [&](std::size_t i) { return std::sqrt(at(i, i)) * std::abs(start[i]); };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return weight(a) > weight(b); });
  std::vector<std::size_t> chosen;
  for (const std::size_t candidate : order) {
    if (at(candidate, candidate) <= 0) {
      solution.kept[candidate] = "not in use in this run";
      continue;
    }
    // Of the column, what the chosen ones do not explain.
    const std::size_t n = chosen.size();
    std::vector<double> matrix(n * n);
    std::vector<double> right(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double scale = std::sqrt(at(chosen[i], chosen[i]));
      for (std::size_t k = 0; k < n; ++k) {
        matrix[i * n + k] = at(chosen[i], chosen[k]) / scale / std::sqrt(at(chosen[k], chosen[k]));
      }
      right[i] = at(chosen[i], candidate) / scale / std::sqrt(at(candidate, candidate));
    }
    double own = 1;
    if (n != 0) {
      std::vector<double> unused;
      const std::vector<double> explained = solve_symmetric(matrix, right, unused);
      for (std::size_t i = 0; i < n; ++i) own -= explained[i] * right[i];
    }
    if (own < kOwnPart * kOwnPart) {
      solution.kept[candidate] = "moves together with the others, cannot be told apart";
    } else {
      chosen.push_back(candidate);
    }
  }
  return chosen;
}

LeastSquares::Solution LeastSquares::solve(const std::vector<double>& start) const {
  Solution solution{start, std::vector<double>(unknowns_, 0.0),
                    std::vector<std::string>(unknowns_)};
  std::vector<std::size_t> chosen = determined(start, solution);
  std::vector<double> fixed = start;  // of all that are not chosen
  while (!chosen.empty()) {
    const std::size_t n = chosen.size();
    std::vector<double> matrix(n * n);
    std::vector<double> right(n);
    std::vector<double> scale(n);
    for (std::size_t i = 0; i < n; ++i) scale[i] = std::sqrt(at(chosen[i], chosen[i]));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < n; ++k) {
        matrix[i * n + k] = at(chosen[i], chosen[k]) / scale[i] / scale[k];
      }
      double rest = rights_[chosen[i]];
      for (std::size_t k = 0; k < unknowns_; ++k) {
        if (std::find(chosen.begin(), chosen.end(), k) == chosen.end()) {
          rest -= at(chosen[i], k) * fixed[k];
        }
      }
      right[i] = rest / scale[i];
    }
    std::vector<double> inverse;
    const std::vector<double> found = solve_symmetric(matrix, right, inverse);
    const auto lowest = std::min_element(found.begin(), found.end());
    if (*lowest < 0) {  // nothing draws less than nothing
      const auto index = static_cast<std::size_t>(lowest - found.begin());
      fixed[chosen[index]] = solution.values[chosen[index]] = 0;
      chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(index));
      continue;
    }
    for (std::size_t i = 0; i < n; ++i) solution.values[chosen[i]] = found[i] / scale[i];
    // |A x - b|² from the products.
    double residual = square_;
    for (std::size_t i = 0; i < unknowns_; ++i) {
      residual -= 2 * solution.values[i] * rights_[i];
      for (std::size_t k = 0; k < unknowns_; ++k) {
        residual += solution.values[i] * solution.values[k] * at(i, k);
      }
    }
    const double freedom = std::max(1.0, static_cast<double>(equations_) - static_cast<double>(n));
    const double variance = std::max(residual, 0.0) / freedom;
    for (std::size_t i = 0; i < n; ++i) {
      solution.errors[chosen[i]] = std::sqrt(variance * inverse[i]) / scale[i];
    }
    break;
  }
  return solution;
}

}  // namespace tinyscope

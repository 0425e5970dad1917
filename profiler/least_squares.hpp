// Linear least squares with few unknowns, none below 0, that says which of them the data tells.
#pragma once

#include <string>
#include <vector>

namespace tinyscope {

class LeastSquares {
 public:
  explicit LeastSquares(std::size_t unknowns);
  // One equation: row · unknowns = right.
  void add(const std::vector<double>& row, double right);

  // Does any equation hold unknown `i`?
  bool occurs(std::size_t i) const { return at(i, i) > 0; }

  struct Solution {
    std::vector<double> values;
    std::vector<double> errors;     // standard errors; 0 where the start value was kept
    std::vector<std::string> kept;  // why an unknown kept its start value; empty: it did not
  };
  // Unknowns that the data does not tell keep their start value, the least important first.
  Solution solve(const std::vector<double>& start) const;

 private:
  double& at(std::size_t i, std::size_t k) { return products_[i * unknowns_ + k]; }
  double at(std::size_t i, std::size_t k) const { return products_[i * unknowns_ + k]; }
  std::vector<std::size_t> determined(const std::vector<double>& start, Solution& solution) const;

  std::size_t unknowns_;
  std::vector<double> products_;  // of columns with each other
  std::vector<double> rights_;    // of columns with the right side
  double square_ = 0;             // of the right side
  std::size_t equations_ = 0;
};

}  // namespace tinyscope

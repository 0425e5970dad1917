// Which row of a baseline is which row of a run: layers as the comparison of reports matches them,
// all others by name.
#pragma once

#include <map>

#include "profiler/budget/run_measurements.hpp"

namespace tinyscope {

class RowPairs {
 public:
  // Both are kept by reference.
  RowPairs(const RunMeasurements& before, const RunMeasurements& after);

  // The row that belongs to a row of the other side; nullptr: there is none.
  const MeasuredRow* after(const MeasuredRow& before) const { return find(after_, before); }
  const MeasuredRow* before(const MeasuredRow& after) const { return find(before_, after); }

 private:
  using Partners = std::map<const MeasuredRow*, const MeasuredRow*>;
  static const MeasuredRow* find(const Partners& partners, const MeasuredRow& row);
  void pair(const MeasuredRow* before, const MeasuredRow* after);

  Partners before_;
  Partners after_;
};

}  // namespace tinyscope

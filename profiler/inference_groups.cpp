#include "profiler/inference_groups.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace tinyscope {

namespace {

bool same_model(const InferenceRow& a, const InferenceRow& b) {
  return a.function == b.function && a.model == b.model && a.model_address == b.model_address;
}

// The operators of `part` are the first ones of `whole`.
bool begins_alike(const InferenceRow& part, const InferenceRow& whole) {
  return part.layers.size() <= whole.layers.size() &&
         std::equal(part.layers.begin(), part.layers.end(), whole.layers.begin(),
                    [](const LayerRow& a, const LayerRow& b) { return a.op == b.op; });
}

Statistics statistics(const std::vector<const InferenceRow*>& rows,
                      const std::function<double(const InferenceRow&)>& value) {
  Statistics result;
  if (rows.empty()) return result;
  const auto n = static_cast<double>(rows.size());
  result.min = result.max = value(*rows.front());
  for (const InferenceRow* const row : rows) {
    const double x = value(*row);
    result.mean += x;
    result.min = std::min(result.min, x);
    result.max = std::max(result.max, x);
  }
  result.mean /= n;
  double squares = 0;
  for (const InferenceRow* const row : rows) {
    const double difference = value(*row) - result.mean;
    squares += difference * difference;
  }
  result.deviation = std::sqrt(squares / n);
  return result;
}

void summarise(InferenceGroup& group, ProfileReport& report, std::optional<unsigned> skip) {
  std::vector<InferenceRow*> complete;
  for (const unsigned index : group.inferences) {
    if (report.inferences[index].complete) complete.push_back(&report.inferences[index]);
  }
  const std::size_t warm_up =
      std::min<std::size_t>(skip.value_or(complete.size() > 1 ? 1 : 0), complete.size());
  for (std::size_t i = 0; i < warm_up; ++i) complete[i]->warm_up = true;
  const std::vector<const InferenceRow*> steady(
      complete.begin() + static_cast<std::ptrdiff_t>(warm_up), complete.end());
  group.warm_up = static_cast<unsigned>(warm_up);
  group.steady = static_cast<unsigned>(steady.size());
  group.cycles =
      statistics(steady, [](const InferenceRow& row) { return static_cast<double>(row.cycles); });
  group.milliseconds = statistics(steady, [](const InferenceRow& row) {
    return static_cast<double>(row.end_ns - row.start_ns) * 1e-6;
  });
  group.energy_uj = statistics(steady, [](const InferenceRow& row) { return row.energy_uj.value; });
  if (steady.empty()) return;
  for (std::size_t layer = 0; layer < steady.front()->layers.size(); ++layer) {
    group.layer_cycles.push_back(statistics(steady, [layer](const InferenceRow& row) {
      return static_cast<double>(row.layers[layer].cycles);
    }));
  }
}

}  // namespace

void group_inferences(ProfileReport& report, std::optional<unsigned> skip) {
  const std::vector<InferenceRow>& rows = report.inferences;
  const auto join = [&](const InferenceRow& row, bool whole) {
    for (InferenceGroup& group : report.groups) {
      const InferenceRow& first = rows[group.inferences.front()];
      if (!same_model(row, first) || !begins_alike(row, first)) continue;
      if (whole && row.layers.size() != first.layers.size()) continue;
      group.inferences.push_back(row.index);
      return;
    }
    InferenceGroup group;
    group.model = row.model;
    group.function = row.function;
    group.inferences = {row.index};
    report.groups.push_back(std::move(group));
  };
  for (const InferenceRow& row : rows) {
    if (row.complete) join(row, true);
  }
  for (const InferenceRow& row : rows) {
    if (!row.complete) join(row, false);
  }
  for (InferenceGroup& group : report.groups) {
    std::sort(group.inferences.begin(), group.inferences.end());
    summarise(group, report, skip);
  }
}

}  // namespace tinyscope

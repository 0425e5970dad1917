#include "profiler/mean_inferences.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

double number(std::uint64_t value) { return static_cast<double>(value); }

double milliseconds(std::uint64_t start_ns, std::uint64_t end_ns) {
  return number(end_ns - start_ns) / 1e6;
}

void add(MeanStalls& sum, const StallCycles& stalls, double n) {
  for (std::size_t cause = 0; cause < kStallCauseCount; ++cause) {
    sum[cause] += number(stalls.by_cause[cause]) / n;
  }
}

void add(Estimate& sum, const Estimate& part, double n) {
  sum.value += part.value / n;
  sum.low += part.low / n;
  sum.high += part.high / n;
}

bool same_layers(const InferenceRow& a, const InferenceRow& b) {
  return a.layers.size() == b.layers.size() &&
         std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(),
                    [](const LayerRow& x, const LayerRow& y) { return x.op == y.op; });
}

void add_layer(MeanLayer& mean, const LayerRow& row, double n) {
  mean.cycles += number(row.cycles) / n;
  mean.cycles_max = std::max(mean.cycles_max, number(row.cycles));
  mean.instructions += number(row.instructions) / n;
  mean.milliseconds += milliseconds(row.start_ns, row.end_ns) / n;
  add(mean.energy_uj, row.energy_uj, n);
  add(mean.stalls, row.stalls, n);
}

// `complete`: inferences that are alike, at least one.
MeanInference mean_of(std::vector<const InferenceRow*> complete) {
  MeanInference mean;
  mean.complete = std::move(complete);
  std::copy_if(mean.complete.begin(), mean.complete.end(), std::back_inserter(mean.steady),
               [](const InferenceRow* row) { return !row->warm_up; });
  if (mean.steady.empty()) mean.steady = mean.complete;
  const double n = static_cast<double>(mean.steady.size());
  mean.model = mean.steady.front()->model;
  mean.function = mean.steady.front()->function;
  mean.count = static_cast<unsigned>(mean.steady.size());
  for (const LayerRow& layer : mean.steady.back()->layers) mean.layers.emplace_back().row = layer;
  for (const InferenceRow* const row : mean.steady) {
    mean.cycles += number(row->cycles) / n;
    mean.milliseconds += milliseconds(row->start_ns, row->end_ns) / n;
    add(mean.energy_uj, row->energy_uj, n);
    add(mean.stalls, row->stalls, n);
    for (std::size_t i = 0; i < mean.layers.size(); ++i) {
      add_layer(mean.layers[i], row->layers[i], n);
    }
  }
  return mean;
}

}  // namespace

std::vector<MeanInference> mean_inferences(const ProfileReport& report) {
  std::vector<std::vector<const InferenceRow*>> groups;
  for (const InferenceRow& row : report.inferences) {
    if (!row.complete) continue;
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      const InferenceRow& first = *group.front();
      return first.model == row.model && first.function == row.function && same_layers(first, row);
    });
    if (found == groups.end()) {
      groups.push_back({&row});
    } else {
      found->push_back(&row);
    }
  }
  std::vector<MeanInference> means;
  for (auto& group : groups) means.push_back(mean_of(std::move(group)));
  return means;
}

}  // namespace tinyscope

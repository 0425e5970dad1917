// The mean of the steady inferences of each model in a report: what is compared and limited.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

using MeanStalls = std::array<double, kStallCauseCount>;

struct MeanLayer {
  LayerRow row;  // of the last inference: what does not vary
  double cycles = 0;
  double cycles_max = 0;
  double instructions = 0;
  double milliseconds = 0;
  Estimate energy_uj;
  MeanStalls stalls{};
};

struct MeanInference {
  std::string model;
  std::string function;
  unsigned count = 0;                         // of steady inferences
  std::vector<const InferenceRow*> complete;  // of the report, warm-up included
  std::vector<const InferenceRow*> steady;    // of these, the ones below are means of
  double cycles = 0;
  double milliseconds = 0;  // elapsed, interrupts included
  Estimate energy_uj;
  MeanStalls stalls{};
  std::vector<MeanLayer> layers;
};

// Complete inferences of the same model, function and operators; of these the steady ones, or all
// if none is.
std::vector<MeanInference> mean_inferences(const ProfileReport& report);

}  // namespace tinyscope

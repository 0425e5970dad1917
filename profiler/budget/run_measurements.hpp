// What budgets limit and baselines remember: the figures of a run, and of each model, layer, phase,
// function, interrupt and stack in it, as rows of metrics.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/budget/scope.hpp"
#include "profiler/diff/layer_alignment.hpp"
#include "profiler/metrics.hpp"
#include "profiler/report.hpp"

namespace tinyscope {

struct SourcePlace {
  std::string file;  // empty: not known
  int line = 0;
};

struct MeasuredRow {
  Scope scope = Scope::kRun;
  std::string name;                  // for people: "layer 2 CONV_2D block1/pointwise"
  std::vector<std::string> matches;  // names that a pattern can match
  std::vector<Metric> metrics;       // those that are known
  std::vector<double> elapsed_ms;    // of run and models: of each complete inference
  SourcePlace place;                 // of the code that it is about
  std::size_t model = 0;             // of models and layers: index in RunMeasurements::models
  std::size_t layer = 0;             // of layers: index in that model's layers

  const Metric* find(std::string_view metric) const;  // nullptr: not known
};

struct RunMeasurements {
  ProfileReport::Firmware firmware;
  std::string board;
  std::uint64_t clock_hz = 0;
  std::string no_inference;  // why none was seen; empty if one was
  std::vector<ModelLayers> models;
  std::vector<MeasuredRow> rows;  // the run first

  const MeasuredRow& run() const { return rows.front(); }
};

RunMeasurements measure(const ProfileReport& report);

// "layer 2 CONV_2D block1/pointwise", with the model in front where there are several.
std::string layer_name(const RunMeasurements& of, std::size_t model, std::size_t layer);
// Operator, tensor, kernel and "#2".
std::vector<std::string> layer_matches(const LayerRow& row);

}  // namespace tinyscope

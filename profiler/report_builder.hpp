// Composes the report from what the collectors saw, and checks that no cycle was lost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiler/energy.hpp"
#include "profiler/function_table.hpp"
#include "profiler/layer_collector.hpp"
#include "profiler/read_memory.hpp"
#include "profiler/report.hpp"
#include "profiler/tflite_model.hpp"
#include "profiler/time_axis.hpp"
#include "sim/description/soc.hpp"
#include "sim/image/image.hpp"
#include "sim/run_notes.hpp"
#include "sim/time.hpp"

namespace tinyscope {

// What only the run loop knows.
struct RunSummary {
  std::string board;
  std::uint64_t clock_hz = 0;      // in force at the end
  std::uint64_t total_cycles = 0;  // the core's own count, from power-on to the end
  TimePoint end{};                 // simulated time at the end
  std::string stop_reason;
  int exit_code = 0;
  ProfileReport::Host host;
};

struct ReportInputs {
  const FirmwareImage& image;
  const SocDescription& soc;
  const std::vector<TfliteModel>& models;
  const LayerCollector& collector;
  const FunctionTable& functions;
  const EnergyMeter& energy;
  const TimeAxis& time;
  const ReadMemory& read;        // at the end of the run; may be null
  std::optional<unsigned> skip;  // see group_inferences()
};

// `notes` are those of the run; what the profiler itself assumes is added to the report.
// A broken invariant is a SimulatorFault.
ProfileReport build_report(const ReportInputs& inputs, const RunSummary& run,
                           const RunNotes& notes);

}  // namespace tinyscope

// The profiler in one object: listens to a run and makes the report.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "profiler/code_collector.hpp"
#include "profiler/energy.hpp"
#include "profiler/function_table.hpp"
#include "profiler/layer_collector.hpp"
#include "profiler/layer_rules.hpp"
#include "profiler/memory_profile.hpp"
#include "profiler/phase_spans.hpp"
#include "profiler/report.hpp"
#include "profiler/report_builder.hpp"
#include "profiler/tflite_model.hpp"
#include "profiler/thread_collector.hpp"
#include "profiler/time_axis.hpp"
#include "profiler/timeline_collector.hpp"
#include "sim/description/soc.hpp"
#include "sim/image/image.hpp"
#include "sim/run_notes.hpp"

namespace tinyscope {

// Where a run stands that had begun before anybody profiled it.
struct RunPosition {
  std::uint64_t cycles = 0;
  TimePoint time{};
  std::uint64_t clock_hz = 0;
  CallStack::Position code;
  std::map<std::string, std::string> power;  // PowerTracker::states()
};

class Profiler {
 public:
  // `image` and `soc` must outlive the profiler. `board_currents` are drawn beside the chip.
  Profiler(const FirmwareImage& image, std::vector<LayerRules> rules, const SocDescription& soc,
           const std::vector<CurrentDescription>& board_currents = {});
  // Looks for the threads of an RTOS, and at code, in the machine's memory; to be called before the
  // run. `read` must work until the report is made.
  void read_memory_by(ReadMemory read);
  // How many inferences of each model are warm-up; see group_inferences().
  void skip_inferences(unsigned count) { skip_ = count; }
  // The phase of that name, and its begin by a marker. See LayerCollector.
  std::uint32_t phase(const std::string& name) { return collector_.phase(name); }
  void mark_phase(std::uint32_t phase) { collector_.mark_phase(phase); }
  // Keeps what ProfileReport::timeline shows; to be called before the run, behind read_memory_by().
  // The collector wants to hear what listener() hears.
  TimelineCollector& collect_timeline(const TimelineOptions& options);
  // Observes stacks, heap, arena and caches, and what `options` ask for. To be called before the
  // run.
  void follow_memory(MemorySources sources, const MemoryOptions& options);
  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;

  // Begins in mid-run instead of at a reset: to be called while the core stands between
  // instructions, behind everything above, before anything is heard. The report is of what runs
  // from here on: totals and energy count from here, positions (RunPosition::cycles) from power-on.
  // Not known are calls that are under way, so an inference that has begun is no inference of the
  // report, and what was allocated before.
  void begin(const RunPosition& position);

  // Wants to hear everything from the first reset on: core and PowerTracker.
  SimListener& listener() { return collector_; }
  // Hears of functions and layers as they begin and end. What counts blocks as well has to hear of
  // them from the core before listener() does.
  void add_frame_listener(FrameListener& listener) { collector_.add_frame_listener(listener); }
  const LayerCollector& layers() const { return collector_; }
  const TimeAxis& time() const { return time_; }
  // Null: no RTOS to follow. It wants to hear what listener() hears.
  SimListener* thread_listener() {
    return threads_ && threads_->follows_stacks() ? threads_.get() : nullptr;
  }
  // Null: nobody asked for it.
  TimelineCollector* timeline() { return timeline_.get(); }
  // Null: memory is not followed. It says itself which of its listeners hear what, and when.
  MemoryProfile* memory() { return memory_.get(); }
  // Where the core is to count instructions; without a call the report has none. The listener that
  // comes with it has to hear of exceptions and sleep.
  InsnCounts& insn_counts() { return code_.counts(); }
  SimListener& code_listener() { return code_; }
  // Code outside of these addresses runs from RAM, which may take another current.
  void set_flash(Address first, std::uint32_t bytes) { collector_.set_flash(first, bytes); }
  const EnergyMeter& energy() const { return energy_; }
  unsigned inferences_completed() const { return collector_.inferences_completed(); }
  const std::vector<TfliteModel>& models() const { return models_; }

  // May be called once, when the run has ended. Throws SimulatorFault if cycles got lost.
  ProfileReport report(const RunSummary& run, const RunNotes& notes);
  // What report() would say if the run ended here, but for the timeline, which is left out. The run
  // goes on, and a later report is what it would have been without this one.
  ProfileReport report_so_far(const RunSummary& run, const RunNotes& notes);

 private:
  ProfileReport make_report(const RunSummary& run, const RunNotes& notes);

  const FirmwareImage& image_;
  const SocDescription& soc_;
  std::vector<LayerRules> rules_;
  std::vector<TfliteModel> models_;
  FunctionTable functions_;
  EnergyMeter energy_;
  TimeAxis time_;
  LayerCollector collector_;
  CodeCollector code_;
  std::unique_ptr<ThreadCollector> threads_;
  ReadMemory read_;
  std::optional<unsigned> skip_;
  std::uint64_t begin_cycle_ = 0;
  TimePoint begin_time_{};
  std::unique_ptr<TimelineCollector> timeline_;
  std::unique_ptr<PhaseSpans> phase_spans_;
  std::unique_ptr<MemoryProfile> memory_;
};

}  // namespace tinyscope

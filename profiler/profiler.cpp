#include "profiler/profiler.hpp"

namespace tinyscope {

Profiler::Profiler(const FirmwareImage& image, std::vector<LayerRules> rules,
                   const SocDescription& soc, const std::vector<CurrentDescription>& board_currents)
    : image_(image),
      soc_(soc),
      rules_(std::move(rules)),
      models_(find_tflite_models(image)),
      functions_(image.symbols),
      energy_(soc.power, board_currents, soc.cpu_hz),
      time_(soc.cpu_hz),
      collector_(image.symbols, functions_, rules_, energy_, time_) {}

void Profiler::read_memory_by(ReadMemory read) {
  read_ = std::move(read);
  threads_ = std::make_unique<ThreadCollector>(find_rtos(image_), image_.symbols, read_);
  if (!threads_->follows_stacks()) collector_.set_exception_listener(*threads_);
}

TimelineCollector& Profiler::collect_timeline(const TimelineOptions& options) {
  timeline_ = std::make_unique<TimelineCollector>(options, functions_, time_);
  phase_spans_ = std::make_unique<PhaseSpans>(collector_, *timeline_);
  collector_.add_frame_listener(*phase_spans_);
  if (timeline_->functions() != nullptr) collector_.add_frame_listener(*timeline_->functions());
  if (threads_) {
    SpanTrack& track = timeline_->track(TimelineCollector::kThreads);
    threads_->on_start([this, &track](const std::string& thread, std::uint64_t cycle) {
      track.switch_to(cycle, timeline_->name(thread));
    });
  }
  return *timeline_;
}

void Profiler::follow_memory(MemorySources sources, const MemoryOptions& options) {
  memory_ = std::make_unique<MemoryProfile>(image_, soc_, functions_, collector_, models_,
                                            std::move(sources), options);
}

void Profiler::begin(const RunPosition& position) {
  begin_cycle_ = position.cycles;
  begin_time_ = position.time;
  time_.begin(position.cycles, position.time, position.clock_hz);
  energy_.begin(position.time, position.clock_hz, position.power);
  const CallStack::Position& code = position.code;
  if (memory_) memory_->begin(position.cycles, code.pc, code.main_top);
  collector_.begin(position.cycles, code);
  if (threads_) threads_->begin(position.cycles, code.exception != 0, code.sp);
}

ProfileReport Profiler::make_report(const RunSummary& run, const RunNotes& notes) {
  collector_.finish();
  RunSummary since = run;
  since.total_cycles -= begin_cycle_;
  ProfileReport report = build_report(
      {image_, soc_, models_, collector_, functions_, energy_, time_, read_, skip_}, since, notes);
  report.simulated_seconds -= begin_time_.seconds();
  code_.fill(image_, functions_, report);
  if (threads_) report.threads = threads_->report(run.total_cycles);
  return report;
}

ProfileReport Profiler::report(const RunSummary& run, const RunNotes& notes) {
  ProfileReport report = make_report(run, notes);
  if (timeline_) report.timeline = timeline_->finish(report, run.total_cycles);
  if (memory_) memory_->fill(report, time_, threads_.get());
  return report;
}

ProfileReport Profiler::report_so_far(const RunSummary& run, const RunNotes& notes) {
  const auto layers = collector_.progress();
  const EnergyMeter energy = energy_;
  std::unique_ptr<ThreadCollector> threads;
  if (threads_) threads = std::make_unique<ThreadCollector>(*threads_);
  ProfileReport report = make_report(run, notes);
  if (memory_) {
    const auto memory = memory_->progress();
    memory_->fill(report, time_, threads_.get());
    memory_->go_on(*memory);
    report.timeline = {};
  }
  collector_.go_on(*layers);
  energy_ = energy;
  if (threads_) *threads_ = std::move(*threads);
  return report;
}

}  // namespace tinyscope

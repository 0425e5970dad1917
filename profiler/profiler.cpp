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

ProfileReport Profiler::report(const RunSummary& run, const RunNotes& notes) {
  collector_.finish();
  ProfileReport report = build_report(
      {image_, soc_, models_, collector_, functions_, energy_, time_, read_, skip_}, run, notes);
  if (threads_) report.threads = threads_->report(run.total_cycles);
  return report;
}

}  // namespace tinyscope

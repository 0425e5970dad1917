// What a report says of single instructions: how often each ran and what it cost, where in the
// source it comes from, and the same by source line.
#pragma once

#include <cstdint>

#include "profiler/function_table.hpp"
#include "profiler/report.hpp"
#include "sim/image/image.hpp"
#include "sim/insn_counts.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

class CodeCollector final : public SimListener {
 public:
  // For the core to count in. Without a call there is nothing to report.
  InsnCounts& counts() {
    counting_ = true;
    return counts_;
  }
  void on_exception(const ExceptionEvent& event) override { beside_ += event.cycles; }
  void on_sleep(const SleepEvent& event) override {
    beside_[StallCause::kSleep] += event.length.count;
  }

  // Instructions, locations and lines; functions and the totals must be there. Throws
  // SimulatorFault if cycles or instructions got lost.
  void fill(const FirmwareImage& image, const FunctionTable& functions,
            ProfileReport& report) const;

 private:
  bool counting_ = false;
  InsnCounts counts_;
  StallCycles beside_;  // of no instruction: exception entries and returns, sleep
};

}  // namespace tinyscope

#include "profiler/lint/lint.hpp"

namespace tinyscope {

std::vector<LintRow> lint(const LintInputs& inputs) {
  std::vector<LintRow> rows;
  for (const auto rule : {lint_clock, lint_flash_caches, lint_wait_states, lint_regulator,
                          lint_unoptimised, lint_soft_float, lint_reference_kernels, lint_alignment,
                          lint_printf, lint_interrupts, lint_busy_wait}) {
    rule(inputs, rows);
  }
  return rows;
}

InferenceSums inference_sums(const ProfileReport& report) {
  InferenceSums sums;
  for (const InferenceRow& row : report.inferences) {
    if (!row.complete) continue;
    ++sums.count;
    sums.cycles += row.cycles;
    sums.interrupt_cycles += row.interrupt_cycles;
    sums.elapsed_cycles += row.elapsed_cycles;
    sums.stalls += row.stalls;
  }
  if (sums.count == 0) {
    sums.of = "the run";
    sums.cycles = report.total_cycles - report.sleep_cycles;
    sums.elapsed_cycles = report.total_cycles;
    sums.interrupt_cycles = report.interrupt_cycles;
    sums.stalls = report.stalls;
    sums.stalls[StallCause::kSleep] = 0;
  }
  return sums;
}

double percent_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace tinyscope

// Finds what costs and need not: settings of the chip, of the build and of the program that make
// inferences slower or hungrier than they would have to be. Each finding carries its evidence,
// numbers of this run, and what to change.
//
// A rule speaks up only where the run shows a cost: a cache that is off while nothing waits for
// flash is none of its business.
#pragma once

#include <vector>

#include "profiler/lint/chip_configuration.hpp"
#include "profiler/report.hpp"
#include "sim/description/soc.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

struct LintInputs {
  const ProfileReport& report;
  const FirmwareImage& image;
  const SocDescription& soc;
  const ChipConfiguration& chip;
};

// In the order of the rules.
std::vector<LintRow> lint(const LintInputs& inputs);

// --- rules: each adds what it finds --------------------------------------------------------------

// "cache-off", "prefetch-off": and waits for flash.
void lint_flash_caches(const LintInputs& inputs, std::vector<LintRow>& rows);
// "wait-states": more or fewer than clock and voltage need.
void lint_wait_states(const LintInputs& inputs, std::vector<LintRow>& rows);
// "slow-clock": the clock that the chip has after reset.
void lint_clock(const LintInputs& inputs, std::vector<LintRow>& rows);
// "regulator": the wasteful one in use.
void lint_regulator(const LintInputs& inputs, std::vector<LintRow>& rows);
// "soft-float", "soft-double": arithmetic in software.
void lint_soft_float(const LintInputs& inputs, std::vector<LintRow>& rows);
// "unoptimised": code as GCC makes it at -O0.
void lint_unoptimised(const LintInputs& inputs, std::vector<LintRow>& rows);
// "reference-kernels": although the core has DSP instructions.
void lint_reference_kernels(const LintInputs& inputs, std::vector<LintRow>& rows);
// "unaligned-model", "unaligned-arena".
void lint_alignment(const LintInputs& inputs, std::vector<LintRow>& rows);
// "printf-in-inference".
void lint_printf(const LintInputs& inputs, std::vector<LintRow>& rows);
// "interrupts": that take much of an inference.
void lint_interrupts(const LintInputs& inputs, std::vector<LintRow>& rows);
// "busy-wait": time passes without sleep.
void lint_busy_wait(const LintInputs& inputs, std::vector<LintRow>& rows);

// --- for rules -----------------------------------------------------------------------------------

// Of all complete inferences together; where there is none, of the run while it was awake.
struct InferenceSums {
  std::uint64_t count = 0;  // 0: of the run
  const char* of = "an inference";
  std::uint64_t cycles = 0;
  std::uint64_t interrupt_cycles = 0;
  std::uint64_t elapsed_cycles = 0;
  StallCycles stalls;
};
InferenceSums inference_sums(const ProfileReport& report);

double percent_of(std::uint64_t part, std::uint64_t whole);

}  // namespace tinyscope

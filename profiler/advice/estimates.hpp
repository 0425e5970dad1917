// Advice that follows from the report of one run alone, by arithmetic.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

// Cycles for a multiply-accumulate that kernels for the DSP instructions of a Cortex-M4 reach, as
// measured here. Nothing for operators without such a kernel.
struct DspKernelRate {
  std::string_view op;
  double cycles_per_mac;
  std::string_view source;
};
std::optional<DspKernelRate> dsp_kernel_rate(std::string_view op);

// "DSP kernels instead of reference ones": one row, for all reference kernels of an inference.
void advise_dsp_kernels(const ProfileReport& report, std::vector<AdviceRow>& rows);
// A smaller arena, and smaller stacks.
void advise_memory(const ProfileReport& report, std::vector<AdviceRow>& rows);

// Most cycles saved first, then most energy, then most memory.
void rank_advice(std::vector<AdviceRow>& rows);

}  // namespace tinyscope

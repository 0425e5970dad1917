// The Cortex-M7's branch predictor: which branches are taken, and where indirect ones go.
//
// Direct branches: an entry for each that was taken lately, weak or strong, as two-bit counters
// behave; a branch without entry is predicted not taken. Indirect ones: where each went last. Arm
// describes a branch target address cache and no return stack (DDI 0489); sizes and counters are an
// estimate. All state is in LineCaches, so that the fast path can ask again.
#pragma once

#include <vector>

#include "cores/memory/line_cache.hpp"
#include "cores/timing/cortex_m7_latencies.hpp"

namespace tinyscope::cortex_m7 {

class BranchPredictor {
 public:
  // Each answers whether the branch at `branch` was predicted as it went, and learns.
  bool always(Address branch) { return taken_.ask(LineCache::Question::kAccess, key(branch)); }
  bool conditional(Address branch, bool taken) {
    using Question = LineCache::Question;
    const Address entry = key(branch);
    if (taken) {
      if (strong_.ask(Question::kWriteHeld, entry)) return true;
      const bool predicted = taken_.ask(Question::kAccess, entry);
      if (predicted) strong_.ask(Question::kInsert, entry);
      return predicted;
    }
    if (strong_.ask(Question::kRemove, entry)) {
      taken_.ask(Question::kInsert, entry);  // weak from now on
      return false;
    }
    return !taken_.ask(Question::kRemove, entry);
  }
  bool indirect(Address branch, Address target) {
    return targets_.ask(LineCache::Question::kAccess, key(branch, target));
  }

  std::vector<LineCache*> tables() { return {&taken_, &strong_, &targets_}; }
  void snapshot(StateArchive& archive) {
    for (LineCache* table : tables()) table->snapshot(archive);
  }

 private:
  static constexpr unsigned kLineBytes = 4;
  static constexpr unsigned kTargets = kPredictorSets * kPredictorWays;

  // A line for each halfword.
  static Address key(Address branch) { return branch * 2; }
  // In a place that the branch alone decides, so that a new target takes that of the last.
  static Address key(Address branch, Address target) {
    constexpr std::uint32_t kSpread = 0x9E3779B1u;  // 2^32 divided by the golden ratio
    const std::uint32_t mixed = (target ^ (branch << 16 | branch >> 16)) * kSpread;
    const std::uint32_t place = branch / 2 % kTargets;
    return (mixed & ~(kTargets * kLineBytes - 1)) | place * kLineBytes;
  }

  LineCache taken_{{kPredictorSets, kPredictorWays, kLineBytes}};
  LineCache strong_{{kPredictorSets, kPredictorWays, kLineBytes}};
  LineCache targets_{{kTargets, 1, kLineBytes}};
};

}  // namespace tinyscope::cortex_m7

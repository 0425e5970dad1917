// The Cortex-M7's branch predictor: which branches are taken, and where indirect ones go.
//
// Direct branches: those taken lately, each with a two-bit counter that starts as weakly taken; one
// that is not known is predicted not taken. Indirect ones: where each went last. Arm describes a
// branch target address cache and no return stack (DDI 0489); sizes and counters are an estimate.
// All state is in LineCaches, so that the fast path can ask again.
#pragma once

#include <vector>

#include "cores/memory/line_cache.hpp"
#include "cores/timing/cortex_m7_latencies.hpp"

namespace tinyscope::cortex_m7 {

class BranchPredictor {
 public:
  // Each answers whether the branch at `branch` was predicted as it went, and learns.
  bool always(Address branch) { return known_.ask(Question::kAccess, key(branch)); }
  bool conditional(Address branch, bool taken) {
    const Address entry = key(branch);
    return taken ? predicted_taken(entry) : predicted_not_taken(entry);
  }
  bool indirect(Address branch, Address target) {
    return targets_.ask(Question::kAccess, key(branch, target));
  }

  std::vector<LineCache*> tables() { return {&known_, &taken_, &weak_, &targets_}; }
  void snapshot(StateArchive& archive) {
    for (LineCache* table : tables()) table->snapshot(archive);
  }

 private:
  using Question = LineCache::Question;

  // A counter of 3 is in `taken_`, 2 in both, 1 in `weak_`, 0 in neither. The branch was taken: was
  // that expected? Usually the first two questions are all.
  bool predicted_taken(Address entry) {
    if (taken_.ask(Question::kWriteHeld, entry)) {
      weak_.ask(Question::kRemove, entry);
      return true;
    }
    const bool known = known_.ask(Question::kAccess, entry);
    const bool weak = weak_.ask(Question::kProbe, entry);
    if (weak || !known) taken_.ask(Question::kInsert, entry);
    if (!weak) weak_.ask(Question::kInsert, entry);
    return false;
  }
  bool predicted_not_taken(Address entry) {
    if (!taken_.ask(Question::kProbe, entry)) {
      weak_.ask(Question::kRemove, entry);
      return true;
    }
    if (weak_.ask(Question::kProbe, entry)) {
      taken_.ask(Question::kRemove, entry);
    } else {
      weak_.ask(Question::kInsert, entry);
    }
    return false;
  }

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

  LineCache known_{{kPredictorSets, kPredictorWays, kLineBytes}};
  LineCache taken_{{kPredictorSets, kPredictorWays, kLineBytes}};
  LineCache weak_{{kPredictorSets, kPredictorWays, kLineBytes}};
  LineCache targets_{{kTargets, 1, kLineBytes}};
};

}  // namespace tinyscope::cortex_m7

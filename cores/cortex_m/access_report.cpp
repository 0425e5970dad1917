// Telling AccessListeners which data the core has touched. On the fast path the plan of a block has
// found the addresses; on the reference path each access was seen.
#include "cores/cortex_m/core.hpp"
#include "cores/cortex_m/fast_path.hpp"

namespace tinyscope {

void CortexM::tell_accesses() {
  if (told_accesses_.empty()) return;
  for (AccessListener* listener : access_listeners_) listener->on_accesses(told_accesses_);
  told_accesses_.clear();
}

// The words of a multiple transfer become one entry, as in a plan.
void CortexM::tell_insn_accesses(const Insn& insn, std::span<const MemoryAccess> accesses) {
  for (const MemoryAccess& access : accesses) {
    if (!told_accesses_.empty()) {
      DataAccess& last = told_accesses_.back();
      if (last.bytes == access.size && last.write == access.write &&
          last.address + last.size() == access.address) {
        ++last.count;
        continue;
      }
    }
    told_accesses_.push_back({access.address, insn.address, access.size, 1, access.write});
  }
  tell_accesses();
}

void CortexM::tell_block_accesses(const CodeBlock& block) {
  for (const BlockFact& fact : block.plan.facts()) {
    if (fact.kind != BlockFact::Kind::kAccess || !fact.happens) continue;
    told_accesses_.push_back(
        {fact.address, block.insns[fact.insn].address, fact.bytes, fact.count, fact.write});
  }
  tell_accesses();
}

void CortexM::tell_stack_access(Address address, bool write) {
  if (access_listeners_.empty()) return;
  told_accesses_.push_back({address, 0, 4, 1, write});
  tell_accesses();
}

}  // namespace tinyscope

#include "sim/cli/inspect/hardware_use.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

// Two reads that are further apart are no polling, with the handler of an interrupt in between.
constexpr Duration kLongestGap = Duration::from_us(500);
constexpr std::uint64_t kFewestReads = 100;

constexpr bool in_bit_band_alias(Address address) {
  return address - 0x22000000u < 0x02000000u || address - 0x42000000u < 0x02000000u;
}

void longest_first(std::vector<Poll>& polls) {
  std::stable_sort(polls.begin(), polls.end(),
                   [](const Poll& a, const Poll& b) { return a.length() > b.length(); });
}

}  // namespace

HardwareUse::HardwareUse(Machine& machine) : machine_(machine) {
  machine.core().add_listener(*this);
  machine.bus().on_window_access([this](const WindowAccess& access) { accessed(access); });
}

void HardwareUse::accessed(const WindowAccess& access) {
  const Address pc = machine_.core().running_insn();
  if (machine_.board().soc.core.bit_band && in_bit_band_alias(access.address)) {
    // What is behind it was seen as an access of its own.
    const Address region = access.address & 0xF0000000u;
    const Address bit = (access.address - region - 0x02000000u) / 4;
    const auto found = polls_.find({pc, region + (bit / 32) * 4});
    if (found != polls_.end()) found->second.now.bit = bit % 32;
    return;
  }
  RegisterUse& use = registers_[access.address];
  if (use.reads + use.writes == 0) use.first_pc = pc;
  ++(access.write ? use.writes : use.reads);
  use.last_value = access.value;
  use.refused = use.refused || !access.ok;
  if (!access.write && pc != 0) note_poll(access, pc);
}

void HardwareUse::note_poll(const WindowAccess& access, Address pc) {
  Polled& polled = polls_[{pc, access.address}];
  Poll& now = polled.now;
  if (now.count == 0 || access.value != now.value || access.now > now.last + kLongestGap) {
    now = Poll{pc, access.address, access.value, 0, access.now, access.now, now.bit};
  }
  ++now.count;
  now.last = access.now;
  if (now.length() >= polled.longest.length()) polled.longest = now;
}

std::vector<Poll> HardwareUse::longest_polls(std::size_t most) const {
  std::vector<Poll> polls;
  for (const auto& [key, polled] : polls_) {
    if (polled.longest.count >= kFewestReads) polls.push_back(polled.longest);
  }
  longest_first(polls);
  if (polls.size() > most) polls.resize(most);
  return polls;
}

std::vector<Poll> HardwareUse::polling(TimePoint now, Duration least) const {
  std::vector<Poll> polls;
  for (const auto& [key, polled] : polls_) {
    const Poll& poll = polled.now;
    if (poll.count < kFewestReads || poll.length() < least) continue;
    if (poll.last + kLongestGap >= now) polls.push_back(poll);
  }
  longest_first(polls);
  return polls;
}

std::optional<HardwareUse::Loop> HardwareUse::endless_loop() const { return loop_; }

void HardwareUse::on_block_retired(const BlockRetired& block) {
  if (depth_ != 0) return;
  const bool on_spot =
      block.transfer == Transfer::kJump && block.next == block.start && block.instructions == 1;
  if (!on_spot) {
    // An interrupt may cut the loop.
    if (loop_ && block.next != loop_->address) loop_.reset();
  } else if (!loop_ || loop_->address != block.start) {
    loop_ = Loop{block.start, machine_.core().now()};
  }
}

void HardwareUse::on_exception(const ExceptionEvent& event) {
  if (event.phase == ExceptionPhase::kEntry) ++depth_;
  if (event.phase == ExceptionPhase::kReturn && depth_ != 0) --depth_;
}

void HardwareUse::on_reset(Cycles /*cycle*/, Address /*pc*/, Address /*sp*/) {
  depth_ = 0;
  loop_.reset();
}

}  // namespace tinyscope

#include "cores/cortex_m/rollback.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

// Everything that an instruction may change, stack pointers by their banked names.
constexpr bool is_kept(CoreRegister which) {
  switch (which) {
    case CoreRegister::kSp:
    case CoreRegister::kPc:
    case CoreRegister::kXpsr:
    case CoreRegister::kControl: return false;
    default: return true;
  }
}

template <class Action>
void for_each_kept(Action action) {
  for (unsigned i = 0; i < static_cast<unsigned>(CoreRegister::kCount); ++i) {
    const auto which = static_cast<CoreRegister>(i);
    if (is_kept(which)) action(which, i);
  }
}

}  // namespace

void Rollback::begin(Address pc, std::uint8_t it_state) {
  active_ = true;
  pc_ = pc;
  xpsr_ = (engine_.read(CoreRegister::kXpsr) & ~kItBits) | it_bits_of(it_state);
  for_each_kept([this](CoreRegister which, unsigned i) { registers_[i] = engine_.read(which); });
  // In unprivileged thread mode the banked names cannot be read.
  registers_[static_cast<std::size_t>(CoreRegister::kSp)] = engine_.read(CoreRegister::kSp);
}

void Rollback::keep_memory(Address address, std::uint32_t size) {
  OldBytes old{address, size, {}};
  const auto bytes = std::span(old.bytes).first(std::min<std::size_t>(size, old.bytes.size()));
  if (bus_.copy_out(address, bytes)) memory_.push_back(old);
}

void Rollback::restore(unsigned mode, std::uint32_t control) {
  for (auto old = memory_.rbegin(); old != memory_.rend(); ++old) {
    bus_.copy_in(old->address, std::span(old->bytes).first(old->size));
  }
  memory_.clear();
  if (!active_) return;
  active_ = false;
  engine_.set_mode(mode, control);
  for_each_kept([this](CoreRegister which, unsigned i) { engine_.write(which, registers_[i]); });
  engine_.write(CoreRegister::kSp, registers_[static_cast<std::size_t>(CoreRegister::kSp)]);
  engine_.write(CoreRegister::kXpsr, xpsr_);
  engine_.write(CoreRegister::kPc, pc_);
}

}  // namespace tinyscope

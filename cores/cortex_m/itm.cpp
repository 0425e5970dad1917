#include "cores/cortex_m/itm.hpp"

namespace tinyscope {
namespace {
constexpr std::uint32_t kItmena = 1u << 0;
constexpr std::uint32_t kTrcena = 1u << 24;
constexpr Address kPortBytes = 4 * 32;
}  // namespace

Itm::Itm(const SystemRegisters& state, RunNotes& notes)
    : state_(state), registers_("ITM", 0x1000, notes) {
  trace_enable_ = &registers_.add(0xE00, "TER");
  registers_.add(0xE40, "TPR");
  trace_control_ = &registers_.add(0xE80, "TCR");
  registers_.add(0xFB0, "LAR").write_only();
  registers_.add(0xFB4, "LSR").read_only();
}

bool Itm::enabled() const {
  return (state_.demcr & kTrcena) != 0 && (trace_control_->value() & kItmena) != 0;
}

std::uint32_t Itm::read(const BusAccess& access) {
  // A stimulus port reads 1 when it can take a value.
  if (access.offset < kPortBytes) return enabled() ? 1 : 0;
  return registers_.read(access);
}

void Itm::write(const BusAccess& access, std::uint32_t value) {
  if (access.offset >= kPortBytes) {
    registers_.write(access, value);
    return;
  }
  const unsigned port = access.offset / 4;
  if (!enabled() || (trace_enable_->value() >> port & 1u) == 0) return;
  for (const Sink& sink : sinks_) sink(port, value, bytes(access.size));
}

}  // namespace tinyscope

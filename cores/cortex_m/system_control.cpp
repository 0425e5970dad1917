#include "cores/cortex_m/system_control.hpp"

#include <array>
#include <utility>

#include "cores/cortex_m/exception_numbers.hpp"

namespace tinyscope {
namespace {

using namespace exception;

constexpr std::uint32_t kScsBytes = 0x1000;
constexpr Address kIprBegin = 0x400, kIprEnd = 0x4F0, kShprBegin = 0xD18, kShprEnd = 0xD24;
constexpr std::uint32_t kVectkey = 0x05FAu;
constexpr std::uint32_t kVectkeystat = 0xFA05u;

// SHCSR: position of the active, pending and enable bits of each handler it covers.
struct HandlerBit {
  unsigned exception;
  int active, pending, enable;  // -1: there is no such bit
};
constexpr std::array<HandlerBit, 7> kHandlerBits = {{{kMemManage, 0, 13, 16},
                                                     {kBusFault, 1, 14, 17},
                                                     {kUsageFault, 3, 12, 18},
                                                     {kSvcall, 7, 15, -1},
                                                     {kDebugMonitor, 8, -1, -1},
                                                     {kPendsv, 10, -1, -1},
                                                     {kSystick, 11, -1, -1}}};

}  // namespace

SystemControl::SystemControl(const CoreIdentity& identity, SystemRegisters& state, Nvic& nvic,
                             Systick& systick, Mpu& mpu, CacheRegisters& caches, RunNotes& notes,
                             Actions actions)
    : identity_(identity),
      state_(state),
      nvic_(nvic),
      actions_(std::move(actions)),
      registers_("SCS", kScsBytes, notes) {
  systick.add_registers(registers_);
  mpu.add_registers(registers_);
  add_nvic_registers();
  add_system_registers();
  add_fault_registers();
  add_fpu_registers();
  add_debug_registers();
  add_identification();
  if (identity_.is_m7()) caches.add_registers(registers_);
}

void SystemControl::write(const BusAccess& access, std::uint32_t value) {
  // A priority written by its byte leaves its neighbours alone, which live in the NVIC.
  const Address word = access.offset & ~3u;
  const bool priority =
      (word >= kIprBegin && word < kIprEnd) || (word >= kShprBegin && word < kShprEnd);
  if (access.size == AccessSize::kWord || !priority) {
    registers_.write(access, value);
    return;
  }
  BusAccess whole = access;
  whole.offset = word;
  whole.size = AccessSize::kWord;
  const unsigned shift = 8 * (access.offset & 3u);
  const std::uint32_t lanes = mask(access.size) << shift;
  registers_.write(whole, (registers_.read(whole) & ~lanes) | (value << shift & lanes));
}

void SystemControl::add_nvic_registers() {
  const unsigned count = nvic_.exception_count();
  registers_.add(0x004, "ICTR").read_only().on_read([count] {
    return (count - kFirstInterrupt - 1) / 32;
  });
  // A bank of one bit per interrupt: how to read one, and what writing 1 does.
  const auto add_bank = [&](Address offset, std::string_view name,
                            bool (Nvic::*get)(unsigned) const, std::function<void(unsigned)> act) {
    registers_.array(offset, 8, 4, name, [&](RegisterFile::Register& bank, unsigned index) {
      const unsigned first = kFirstInterrupt + 32 * index;
      bank.on_read([this, first, get, count] {
        std::uint32_t bits = 0;
        for (unsigned bit = 0; bit < 32 && first + bit < count; ++bit) {
          if ((nvic_.*get)(first + bit)) bits |= 1u << bit;
        }
        return bits;
      });
      if (!act) {
        bank.read_only();
        return;
      }
      bank.trigger().on_write([act, first, count](std::uint32_t bits) {
        for (unsigned bit = 0; bit < 32 && first + bit < count; ++bit) {
          if ((bits >> bit & 1u) != 0) act(first + bit);
        }
      });
    });
  };
  add_bank(0x100, "NVIC_ISER", &Nvic::enabled, [this](unsigned n) { nvic_.set_enabled(n, true); });
  add_bank(0x180, "NVIC_ICER", &Nvic::enabled, [this](unsigned n) { nvic_.set_enabled(n, false); });
  add_bank(0x200, "NVIC_ISPR", &Nvic::pending, [this](unsigned n) { nvic_.set_pending(n); });
  add_bank(0x280, "NVIC_ICPR", &Nvic::pending, [this](unsigned n) { nvic_.clear_pending(n); });
  add_bank(0x300, "NVIC_IABR", &Nvic::active, nullptr);
  // Four priorities in a word; also SHPR1–3, which begin with exception 4.
  const auto add_priorities = [&](Address offset, unsigned words, std::string_view name,
                                  unsigned first_exception) {
    registers_.array(offset, words, 4, name, [&](RegisterFile::Register& word, unsigned index) {
      const unsigned first = first_exception + 4 * index;
      word.on_read([this, first, count] {
        std::uint32_t value = 0;
        for (unsigned lane = 0; lane < 4 && first + lane < count; ++lane) {
          value |= std::uint32_t{nvic_.priority(first + lane)} << (8 * lane);
        }
        return value;
      });
      word.on_write([this, first, count](std::uint32_t value) {
        for (unsigned lane = 0; lane < 4 && first + lane < count; ++lane) {
          nvic_.set_priority(first + lane, static_cast<std::uint8_t>(value >> (8 * lane)));
        }
      });
    });
  };
  add_priorities(0x400, 60, "NVIC_IPR", kFirstInterrupt);
  add_priorities(0xD18, 3, "SHPR", kMemManage);
  registers_.add(0xF00, "STIR").write_only().trigger().on_write([this, count](std::uint32_t value) {
    const unsigned exception = kFirstInterrupt + (value & 0x1FFu);
    if (exception < count) nvic_.set_pending(exception);
  });
}

std::uint32_t SystemControl::interrupt_control_state() const {
  unsigned active = 0;
  unsigned active_count = 0;
  int lowest = Nvic::kLowestPriority + 1;
  bool interrupt_pending = false;
  for (unsigned n = 1; n < nvic_.exception_count(); ++n) {
    if (nvic_.active(n)) {
      ++active_count;
      if (nvic_.group_priority(n) < lowest) {
        lowest = nvic_.group_priority(n);
        active = n;
      }
    }
    if (n >= kFirstInterrupt && nvic_.pending(n)) interrupt_pending = true;
  }
  std::uint32_t value = active | nvic_.highest_pending() << 12;
  if (active_count <= 1) value |= 1u << 11;  // RETTOBASE
  if (interrupt_pending) value |= 1u << 22;
  if (nvic_.pending(kSystick)) value |= 1u << 26;
  if (nvic_.pending(kPendsv)) value |= 1u << 28;
  if (nvic_.pending(kNmi)) value |= 1u << 31;
  return value;
}

void SystemControl::write_interrupt_control_state(std::uint32_t value) {
  if ((value >> 31 & 1u) != 0) nvic_.set_pending(kNmi);
  if ((value >> 28 & 1u) != 0) nvic_.set_pending(kPendsv);
  if ((value >> 27 & 1u) != 0) nvic_.clear_pending(kPendsv);
  if ((value >> 26 & 1u) != 0) nvic_.set_pending(kSystick);
  if ((value >> 25 & 1u) != 0) nvic_.clear_pending(kSystick);
}

std::uint32_t SystemControl::handler_control_state() const {
  std::uint32_t value = 0;
  for (const HandlerBit& bit : kHandlerBits) {
    if (nvic_.active(bit.exception)) value |= 1u << bit.active;
    if (bit.pending >= 0 && nvic_.pending(bit.exception)) value |= 1u << bit.pending;
    if (bit.enable >= 0 && nvic_.enabled(bit.exception)) value |= 1u << bit.enable;
  }
  return value;
}

void SystemControl::write_handler_control_state(std::uint32_t value) {
  for (const HandlerBit& bit : kHandlerBits) {
    const auto wants = [&](int position) { return (value >> position & 1u) != 0; };
    // The active bits can be written to repair a broken state; kernels do so to leave a fault.
    if (wants(bit.active) != nvic_.active(bit.exception)) {
      if (wants(bit.active)) {
        nvic_.activate(bit.exception);
      } else {
        nvic_.deactivate(bit.exception);
      }
    }
    if (bit.pending >= 0) {
      if (wants(bit.pending)) {
        nvic_.set_pending(bit.exception);
      } else {
        nvic_.clear_pending(bit.exception);
      }
    }
    if (bit.enable >= 0) nvic_.set_enabled(bit.exception, wants(bit.enable));
  }
}

void SystemControl::add_system_registers() {
  registers_.add(0x008, "ACTLR")
      .on_read([this] { return state_.actlr; })
      .on_write([this](std::uint32_t value) {
        state_.actlr = value & (identity_.is_m7() ? actlr::kCortexM7 : actlr::kCortexM4);
        actions_.auxiliary_control_changed();
      });
  registers_.add(0xD00, "CPUID").read_only().on_read([this] { return identity_.cpuid(); });
  registers_.add(0xD04, "ICSR")
      .trigger()
      .on_read([this] { return interrupt_control_state(); })
      .on_write([this](std::uint32_t value) { write_interrupt_control_state(value); });
  registers_.add(0xD08, "VTOR")
      .on_read([this] { return state_.vtor; })
      .on_write([this](std::uint32_t value) { state_.vtor = value & ~0x7Fu; });
  registers_.add(0xD0C, "AIRCR")
      .on_read([this] { return kVectkeystat << 16 | nvic_.priority_grouping() << 8; })
      .on_write([this](std::uint32_t value) {
        if (value >> 16 != kVectkey) return;
        nvic_.set_priority_grouping(value >> 8 & 7u);
        // VECTRESET is for debuggers (B3.2.6); it resets the same here.
        constexpr std::uint32_t kVectreset = 1u << 0, kSysresetreq = 1u << 2;
        if ((value & (kVectreset | kSysresetreq)) != 0) actions_.request_reset();
      });
  registers_.add(0xD10, "SCR")
      .on_read([this] { return state_.scr; })
      .on_write([this](std::uint32_t value) {
        state_.scr = value & (scr::kSleeponexit | scr::kSleepdeep | scr::kSevonpend);
      });
  registers_.add(0xD14, "CCR")
      .on_read([this] { return state_.ccr | (identity_.is_m7() ? ccr::kBp : 0u); })
      .on_write([this](std::uint32_t value) {
        constexpr std::uint32_t kCaches = ccr::kDc | ccr::kIc;
        const std::uint32_t before = state_.ccr;
        state_.ccr = value & (0x31Bu | (identity_.is_m7() ? kCaches : 0u));
        actions_.configuration_changed();
        if (((before ^ state_.ccr) & kCaches) != 0) actions_.caches_changed();
      });
  registers_.add(0xD24, "SHCSR")
      .on_read([this] { return handler_control_state(); })
      .on_write([this](std::uint32_t value) { write_handler_control_state(value); });
}

void SystemControl::add_fault_registers() {
  registers_.add(0xD28, "CFSR")
      .trigger()
      .on_read([this] { return state_.cfsr; })
      .on_write([this](std::uint32_t bits) { state_.cfsr &= ~bits; });
  registers_.add(0xD2C, "HFSR")
      .trigger()
      .on_read([this] { return state_.hfsr; })
      .on_write([this](std::uint32_t bits) { state_.hfsr &= ~bits; });
  registers_.add(0xD30, "DFSR")
      .trigger()
      .on_read([this] { return state_.dfsr; })
      .on_write([this](std::uint32_t bits) { state_.dfsr &= ~bits; });
  const auto plain = [this](Address offset, std::string_view name, std::uint32_t& value) {
    registers_.add(offset, name)
        .on_read([&value] { return value; })
        .on_write([&value](std::uint32_t written) { value = written; });
  };
  plain(0xD34, "MMFAR", state_.mmfar);
  plain(0xD38, "BFAR", state_.bfar);
  plain(0xD3C, "AFSR", state_.afsr);
}

void SystemControl::add_fpu_registers() {
  registers_.add(0xD88, "CPACR")
      .on_read([this] { return state_.cpacr; })
      .on_write([this](std::uint32_t value) {
        state_.cpacr = value & 0x00F00000u;
        actions_.configuration_changed();
      });
  registers_.add(0xF34, "FPCCR")
      .on_read([this] { return state_.fpccr; })
      .on_write([this](std::uint32_t value) {
        state_.fpccr = value & 0xC000017Bu;
        actions_.configuration_changed();
      });
  registers_.add(0xF38, "FPCAR")
      .on_read([this] { return state_.fpcar; })
      .on_write([this](std::uint32_t value) { state_.fpcar = value & ~7u; });
  registers_.add(0xF3C, "FPDSCR")
      .on_read([this] { return state_.fpdscr; })
      .on_write([this](std::uint32_t value) { state_.fpdscr = value & 0x07C00000u; });
  const bool doubles = identity_.float_unit == FloatUnit::kDouble;
  const auto feature = [this](Address offset, std::string_view name, std::uint32_t value) {
    registers_.add(offset, name).read_only().on_read([value] { return value; });
  };
  feature(0xF40, "MVFR0", doubles ? 0x10110221u : 0x10110021u);
  feature(0xF44, "MVFR1", doubles ? 0x12000011u : 0x11000011u);
  feature(0xF48, "MVFR2", identity_.is_m7() ? 0x00000040u : 0u);
}

void SystemControl::add_debug_registers() {
  // No debugger is attached: C_DEBUGEN stays 0. DEMCR.TRCENA switches DWT and ITM on.
  registers_.add(0xDF0, "DHCSR").on_read([] { return 0u; });
  registers_.add(0xDF4, "DCRSR").write_only();
  registers_.add(0xDF8, "DCRDR");
  registers_.add(0xDFC, "DEMCR")
      .on_read([this] { return state_.demcr; })
      .on_write([this](std::uint32_t value) {
        state_.demcr = value & 0x010F07F1u;
        actions_.configuration_changed();
      });
}

void SystemControl::add_identification() {
  const bool m7 = identity_.is_m7();
  const std::array<std::pair<Address, std::uint32_t>, 13> ids = {
      {{0xD40, 0x00000030u},
       {0xD44, 0x00000200u},
       {0xD48, 0x00100000u},
       {0xD4C, 0x00000000u},
       {0xD50, 0x00100030u},
       {0xD54, 0x00000000u},
       {0xD58, 0x01000000u},
       {0xD5C, 0x00000000u},
       {0xD60, m7 ? 0x01101110u : 0x01141110u},
       {0xD64, 0x02112000u},
       {0xD68, m7 ? 0x20232231u : 0x21232231u},
       {0xD6C, 0x01111131u},
       {0xD70, 0x01310132u}}};
  for (const auto& [offset, value] : ids) {
    registers_.add(offset, "ID").read_only().on_read([v = value] { return v; });
  }
  if (!m7) {
    registers_.array(0xD78, 3, 4, "ID", [](RegisterFile::Register& id, unsigned) {
      id.read_only();  // no caches
    });
  }
  // CoreSight identification of the SCS: part 0x00C (Cortex-M4 SCS), Arm.
  constexpr std::array<std::uint32_t, 12> kCoresight = {0x04, 0x00, 0x00, 0x00, 0x0C, 0xB0,
                                                        0x0B, 0x00, 0x0D, 0xE0, 0x05, 0xB1};
  registers_.array(0xFD0, 12, 4, "CORESIGHT_ID", [&](RegisterFile::Register& id, unsigned index) {
    id.read_only().on_read([v = kCoresight[index]] { return v; });
  });
}

}  // namespace tinyscope

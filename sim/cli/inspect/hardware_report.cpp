#include "sim/cli/inspect/hardware_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <memory>
#include <set>
#include <sstream>

#include "cores/cortex_m/exception_numbers.hpp"
#include "sim/cli/inspect/code_use.hpp"
#include "sim/cli/inspect/polled_bits.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kMostWaits = 8;
constexpr Duration kShortestWait = Duration::from_ms(1);
constexpr Address kExternalDevices = 0x60000000u;  // memories and devices on the board, and behind
constexpr Address kCoreRegisters = 0xE0000000u;    // Private Peripheral Bus and what is behind it

class Inspection {
 public:
  Inspection(Session& session, const FirmwareImage& image)
      : session_(session), machine_(session.machine()), image_(image), use_(machine_) {}

  HardwareReport run() {
    HardwareReport report;
    const Session::Result result = session_.run();
    report.end = machine_.core().now();
    report.cycles = machine_.core().cycles().count;
    report.stopped = result.stop.text;
    collect_registers(report);
    // The machine runs on for the next one.
    collect_waits(report, result.stop.kind);
    explain(report, result.stop.kind);
    return report;
  }

 private:
  const BusWindow* window_at(Address address) const {
    for (const auto& window : machine_.bus().windows()) {
      if (window->contains(address)) return window.get();
    }
    return nullptr;
  }

  // Where a peripheral begins, as far as anybody knows.
  bool is_base(Address address) const {
    if (const BusWindow* const window = window_at(address); window != nullptr) {
      if (window->base == address) return true;
    }
    const SvdStubs* const stubs = machine_.stubs();
    if (stubs == nullptr) return false;
    const auto& all = stubs->device().peripherals;
    return std::any_of(all.begin(), all.end(),
                       [&](const SvdPeripheral& each) { return each.base == address; });
  }

  // Of a word of the bit-band alias: the register that holds its bit.
  Address behind_bit_band(Address address) const {
    constexpr Address kAlias = 0x42000000u, kRegion = 0x40000000u;
    const Address offset = address - kAlias;
    if (!machine_.board().soc.core.bit_band || offset >= 0x02000000u) return address;
    return kRegion + offset / 128 * 4;
  }

  SourceFrame place_of(Address pc) const {
    if (pc == 0) return {};
    SourceFrame frame = source_frames(image_, pc).front();
    if (frame.function.empty()) frame.function = fmt::format("{:#010x}", pc);
    return frame;
  }

  HardwareStatus status_of(Address address) const {
    if (machine_.stubs() != nullptr && machine_.stubs()->stubbed(address)) {
      return HardwareStatus::kStub;
    }
    const BusWindow* const window = window_at(address);
    if (window == nullptr) return HardwareStatus::kMissing;
    if (window->target == nullptr || unmodelled_.contains(address)) {
      return HardwareStatus::kUnmodelled;
    }
    return HardwareStatus::kModelled;
  }

  // "RCC.CR", or as much of it as is known.
  std::string full_name(Address address) const {
    if (const SvdStubs* const stubs = machine_.stubs(); stubs != nullptr) {
      if (const auto named = stubs->find(address)) {
        return named->peripheral->name + "." + named->reg->name;
      }
    }
    const BusWindow* const window = window_at(address);
    if (window == nullptr) return fmt::format("{:#010x}", address);
    return fmt::format("{}+0x{:03X}", window->name, address - window->base);
  }

  // The block of the chip that `address` belongs to. A model may stand for several of the SVD file.
  PeripheralRow& peripheral_of(Address address, std::map<std::string, PeripheralRow>& rows) const {
    PeripheralRow row;
    const BusWindow* const window = window_at(address);
    const SvdStubs* const stubs = machine_.stubs();
    const bool stub = status_of(address) == HardwareStatus::kStub;
    const auto named = stubs == nullptr ? std::nullopt : stubs->find(address);
    const SvdPeripheral* const owner = named              ? named->peripheral
                                       : stubs != nullptr ? stubs->peripheral_at(address)
                                                          : nullptr;
    if (window != nullptr && !(stub && owner != nullptr)) {
      row.name = window->name;
      row.base = window->base;
      if (window->target != nullptr) row.model = window->name;
    } else if (owner != nullptr) {
      row.name = owner->name;
      row.base = owner->base;
    } else {
      row.base = address & ~0x3FFu;  // the size of most blocks; nobody knows
      row.name = fmt::format("{:#010x}", row.base);
    }
    return rows.try_emplace(fmt::format("{:08x} {}", row.base, row.name), std::move(row))
        .first->second;
  }

  RegisterRow row_of(Address address, const PeripheralRow& owner) const {
    RegisterRow row;
    row.address = address;
    row.status = status_of(address);
    row.name = fmt::format("+0x{:03X}", address - owner.base);
    if (const SvdStubs* const stubs = machine_.stubs(); stubs != nullptr) {
      if (const std::string name = stubs->register_at(address); !name.empty()) row.name = name;
    } else if (const auto known = unmodelled_.find(address); known != unmodelled_.end()) {
      row.name = known->second;
    }
    return row;
  }

  void collect_registers(HardwareReport& report) {
    for (const UnmodelledAccess& access : machine_.notes().unmodelled_accesses()) {
      unmodelled_.emplace(access.address, access.what);
    }
    std::map<Address, CodeUse> in_code;
    for (const auto& [address, use] :
         find_code_use(image_, [this](Address place) { return is_base(place); })) {
      in_code.try_emplace(behind_bit_band(address), use);
    }
    std::set<Address> addresses;
    for (const auto& [address, use] : use_.registers()) addresses.insert(address);
    std::map<std::string, PeripheralRow> rows;
    for (const auto& [address, use] : in_code) {
      // Memory that a controller maps there is no register.
      if (machine_.bus().memory_at(address).memory != nullptr) continue;
      // Data that was taken for code looks like this as well.
      const bool trusted = machine_.stubs() == nullptr && !image_.sections.empty();
      if (status_of(address) == HardwareStatus::kMissing &&
          (!trusted || address >= kExternalDevices)) {
        continue;
      }
      if (use.accessed) {
        addresses.insert(address);
      } else {
        peripheral_of(address, rows);
      }
    }
    for (const Address address : addresses) {
      if (address >= kCoreRegisters && status_of(address) == HardwareStatus::kModelled) continue;
      PeripheralRow& owner = peripheral_of(address, rows);
      RegisterRow row = row_of(address, owner);
      const auto code = in_code.find(address);
      row.in_code = code != in_code.end() && code->second.accessed;
      if (row.in_code) row.pc = code->second.pc;
      if (const auto used = use_.registers().find(address); used != use_.registers().end()) {
        row.reads = used->second.reads;
        row.writes = used->second.writes;
        row.last_value = used->second.last_value;
        row.pc = used->second.first_pc;
        if (machine_.stubs() != nullptr) {
          row.fields = machine_.stubs()->fields_at(address, row.last_value);
        }
      }
      row.place = place_of(row.pc);
      owner.status = std::max(owner.status, row.status);
      owner.registers.push_back(std::move(row));
    }
    for (auto& [key, row] : rows) {
      if (row.registers.empty()) row.status = status_of(row.base);
      report.peripherals.push_back(std::move(row));
    }
  }

  WaitRow wait_of(const Poll& poll) const {
    WaitRow wait;
    wait.poll = poll;
    wait.reg = full_name(poll.address);
    wait.place = place_of(poll.pc);
    const PolledBits bits = find_polled_bits(machine_.bus(), poll.pc);
    wait.mask = poll.bit ? 1u << *poll.bit : bits.mask;
    name_bits(wait);
    return wait;
  }

  void name_bits(WaitRow& wait) const {
    if (wait.mask == 0) return;
    if (machine_.stubs() != nullptr) {
      wait.bits = machine_.stubs()->fields_at(wait.poll.address, wait.mask);
    }
    if (wait.bits.empty()) {
      wait.bits = (wait.mask & (wait.mask - 1)) == 0
                      ? fmt::format("bit {}", std::countr_zero(wait.mask))
                      : fmt::format("bits {:#x}", wait.mask);
    }
  }

  // A mask in a register is read when the loop comes there again.
  void read_mask(WaitRow& wait) {
    const PolledBits bits = find_polled_bits(machine_.bus(), wait.poll.pc);
    if (wait.mask != 0 || !bits.mask_register) return;
    CortexM& core = machine_.core();
    // The watch stays behind, for ever.
    const auto seen = std::make_shared<std::optional<std::uint32_t>>();
    core.watch_address(bits.test, [&core, seen, which = *bits.mask_register] {
      if (*seen) return;
      *seen = core.read_register(static_cast<CoreRegister>(which));
      core.request_stop({StopKind::kRequested, "seen", 0});
    });
    core.set_cycle_limit({core.cycles().count + core.clock_hz() / 100});
    core.run();
    wait.mask = seen->value_or(0);
    name_bits(wait);
  }

  void collect_waits(HardwareReport& report, StopKind stopped) {
    const std::vector<Poll> at_end = use_.polling(report.end, kShortestWait);
    for (const Poll& poll : at_end) {
      WaitRow wait = wait_of(poll);
      wait.to_the_end = true;
      report.waits.push_back(std::move(wait));
    }
    for (const Poll& poll : use_.longest_polls(kMostWaits)) {
      if (poll.length() < kShortestWait) continue;
      const bool shown = std::any_of(at_end.begin(), at_end.end(), [&](const Poll& other) {
        return poll.pc == other.pc && poll.address == other.address;
      });
      if (!shown) report.waits.push_back(wait_of(poll));
    }
    if (stopped != StopKind::kLimit) return;
    for (WaitRow& wait : report.waits) {
      if (wait.to_the_end) read_mask(wait);
    }
  }

  static std::string in_function(const SourceFrame& place) {
    if (place.file.empty()) return place.function;
    return fmt::format("{} ({}:{})", place.function,
                       std::filesystem::path(place.file).filename().string(), place.line);
  }

  void explain(HardwareReport& report, StopKind stopped) const {
    for (const PeripheralRow& peripheral : report.peripherals) {
      for (const RegisterRow& row : peripheral.registers) {
        const auto used = use_.registers().find(row.address);
        if (used == use_.registers().end() || !used->second.refused) continue;
        report.findings.push_back(fmt::format("nothing answers at {:#010x}: {} in {}", row.address,
                                              row.reads != 0 ? "read" : "written",
                                              in_function(row.place)));
      }
    }
    if (!machine_.core().faults().empty()) {
      const FaultRecord& fault = machine_.core().faults().front();
      report.findings.push_back(
          fmt::format("fault: exception {} ({}) in {}, CFSR {:#x}{}", fault.exception,
                      exception_name(fault), in_function(place_of(fault.pc)), fault.cfsr,
                      fault.address ? fmt::format(", address {:#010x}", *fault.address) : ""));
    }
    if (const auto loop = use_.endless_loop(); loop && stopped != StopKind::kExit) {
      const std::string interrupts = enabled_interrupts();
      report.findings.push_back(fmt::format(
          "loops on the spot in {} since {:.6f} s{}", in_function(place_of(loop->address)),
          loop->since.seconds(),
          interrupts.empty() ? ""
                             : fmt::format("; it may wait for an interrupt: enabled are {}, and "
                                           "stubs raise none",
                                           interrupts)));
    }
    for (const WaitRow& wait : report.waits) {
      if (wait.to_the_end) explain_wait(report, wait);
    }
  }

  // Interrupts that firmware has enabled: 16 and up are the chip's.
  std::string enabled_interrupts() const {
    std::string list;
    for (unsigned irq = 0; irq < machine_.board().soc.core.interrupt_count; ++irq) {
      if (!machine_.core().nvic().enabled(irq + 16)) continue;
      list += fmt::format("{}{}", list.empty() ? "" : ", ", irq);
    }
    return list;
  }

  void explain_wait(HardwareReport& report, const WaitRow& wait) const {
    report.findings.push_back(fmt::format(
        "polls {} in {} since {:.6f} s: {} reads of {:#x}", wait.name(), in_function(wait.place),
        wait.poll.since.seconds(), wait.poll.count, wait.poll.value));
    const bool flag = std::has_single_bit(wait.mask) && !wait.bits.starts_with("bit");
    if (!flag || status_of(wait.poll.address) != HardwareStatus::kStub) return;
    report.findings.push_back(
        fmt::format("that is a stub; to go on, give a rule with --svd-rules, for example [reads] "
                    "\"{}\" = {}",
                    wait.name(), (wait.poll.value & wait.mask) == 0 ? 1 : 0));
  }

  static std::string_view exception_name(const FaultRecord& fault) {
    switch (fault.exception) {
      case exception::kMemManage: return "MemManage";
      case exception::kBusFault: return "BusFault";
      case exception::kUsageFault: return "UsageFault";
      default: return "HardFault";
    }
  }

  Session& session_;
  Machine& machine_;
  const FirmwareImage& image_;
  HardwareUse use_;
  std::map<Address, std::string> unmodelled_;  // what was accessed there
};

}  // namespace

std::string_view name_of(HardwareStatus status) {
  switch (status) {
    case HardwareStatus::kModelled: return "modelled";
    case HardwareStatus::kStub: return "stub";
    case HardwareStatus::kUnmodelled: return "not modelled";
    case HardwareStatus::kMissing: return "missing";
  }
  return "";
}

std::string WaitRow::name() const {
  if (bits.empty()) return reg;
  return fmt::format("{}{}{}", reg, bits.starts_with("bit") ? " " : ".", bits);
}

HardwareReport inspect_hardware(Session& session, const FirmwareImage& image,
                                const std::ostringstream& printed) {
  HardwareReport report = Inspection(session, image).run();
  report.printed = printed.str();
  return report;
}

}  // namespace tinyscope

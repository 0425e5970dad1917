// Memory and registers of a live machine, as a debugger sees them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "python/src/live_machine.hpp"
#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

constexpr std::uint32_t kThumbState = 1u << 24;
constexpr std::uint32_t kFlagBits = 0xF80F0000u;      // N, Z, C, V, Q and GE
constexpr std::uint32_t kItAndIciBits = 0x0600FC00u;  // of EPSR: ICI and IT

struct NamedRegister {
  std::string_view name;
  CoreRegister which;
  bool writable;
};

constexpr std::array<NamedRegister, 14> kNamed = {{
    {"sp", CoreRegister::kSp, true},
    {"lr", CoreRegister::kLr, true},
    {"pc", CoreRegister::kPc, true},
    {"r13", CoreRegister::kSp, true},
    {"r14", CoreRegister::kLr, true},
    {"r15", CoreRegister::kPc, true},
    {"xpsr", CoreRegister::kXpsr, true},
    {"msp", CoreRegister::kMsp, false},
    {"psp", CoreRegister::kPsp, false},
    {"primask", CoreRegister::kPrimask, false},
    {"basepri", CoreRegister::kBasepri, false},
    {"faultmask", CoreRegister::kFaultmask, false},
    {"control", CoreRegister::kControl, false},
    {"fpscr", CoreRegister::kFpscr, true},
}};

// "r7" or "s31".
std::optional<CoreRegister> numbered(std::string_view name) {
  if (name.size() < 2) return std::nullopt;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  if (name[0] == 'r' && number <= 12) return core_register(number);
  if (name[0] == 's' && number < 32) return float_register(number);
  return std::nullopt;
}

NamedRegister find_register(std::string_view name) {
  if (const auto which = numbered(name)) return {name, *which, true};
  for (const NamedRegister& known : kNamed) {
    if (known.name == name) return known;
  }
  throw InputError(
      fmt::format("register '{}' is not known; expected r0 to r15, sp, lr, pc, xpsr, "
                  "msp, psp, primask, basepri, faultmask, control, fpscr or s0 to s31",
                  name));
}

std::uint32_t word_at(std::span<const std::uint8_t> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint32_t{bytes[i]} << (8 * i);
  return value;
}

// How a span of peripheral registers is accessed: one access of 1, 2 or 4 bytes, or words.
AccessSize register_access(Address address, std::size_t size) {
  if (size == 1 || size == 2 || size == 4) return static_cast<AccessSize>(size);
  if (size % 4 == 0 && address % 4 == 0) return AccessSize::kWord;
  throw InputError(
      fmt::format("{} bytes at 0x{:08X}: peripherals are accessed by 1, 2 or 4 bytes "
                  "or by aligned words",
                  size, address));
}

void require_span(Address address, std::size_t size) {
  if (size == 0) throw InputError("expected at least one byte");
  if (size - 1 <= 0xFFFFFFFFu - address) return;
  throw InputError(
      fmt::format("{} bytes at 0x{:08X} do not fit the 32-bit address space", size, address));
}

}  // namespace

Place LiveMachine::place(std::string_view text) const {
  const std::size_t plus = text.rfind('+');
  const std::string_view digits =
      plus == std::string_view::npos ? std::string_view() : text.substr(plus + 1);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') {
    return parse_place(text, plan_->image.symbols, "place");
  }
  Place place = parse_place(text.substr(0, plus), plan_->image.symbols, "place");
  const std::uint64_t offset = parse_unsigned(digits, text);
  if (offset > 0xFFFFFFFFu - place.address) {
    throw InputError(fmt::format("{}: does not fit the 32-bit address space", text));
  }
  place.address += static_cast<Address>(offset);
  place.size -= static_cast<std::uint32_t>(std::min<std::uint64_t>(place.size, offset));
  return place;
}

std::vector<std::uint8_t> LiveMachine::read(Address address, std::size_t size, Look look) {
  require_span(address, size);
  Bus& bus = machine_->bus();
  std::vector<std::uint8_t> result;
  while (result.size() < size) {
    const Address at = address + static_cast<Address>(result.size());
    const std::size_t left = size - result.size();
    if (const Bus::MemoryPlace found = bus.memory_at(at); found.memory != nullptr) {
      const std::size_t part = std::min<std::size_t>(left, found.memory->size() - found.offset);
      const std::uint8_t* const host = found.memory->data() + found.offset;
      result.insert(result.end(), host, host + part);
      continue;
    }
    const AccessSize width = register_access(at, left);
    const BusReply reply = bus.read(at, width, host_time(), look == Look::kOnly);
    if (!reply.ok) {
      throw InputError(fmt::format("0x{:08X} is neither memory nor a peripheral of board '{}'", at,
                                   plan_->board.name));
    }
    for (unsigned i = 0; i < bytes(width); ++i) {
      result.push_back(static_cast<std::uint8_t>(reply.value >> (8 * i)));
    }
  }
  throw_own_error();
  return result;
}

void LiveMachine::write(Address address, std::span<const std::uint8_t> data) {
  require_span(address, data.size());
  Bus& bus = machine_->bus();
  while (!data.empty()) {
    std::size_t part = 0;
    if (const Bus::MemoryPlace found = bus.memory_at(address); found.memory != nullptr) {
      part = std::min<std::size_t>(data.size(), found.memory->size() - found.offset);
      bus.copy_in(address, data.first(part));
    } else {
      const AccessSize width = register_access(address, data.size());
      part = bytes(width);
      if (!bus.write(address, width, word_at(data.first(part)), host_time())) {
        throw InputError(fmt::format("0x{:08X} is neither memory nor a peripheral of board '{}'",
                                     address, plan_->board.name));
      }
    }
    address += static_cast<Address>(part);
    data = data.subspan(part);
  }
  throw_own_error();
}

// Of a peripheral of the host that we have just accessed; in a run it ends the run instead.
void LiveMachine::throw_own_error() {
  if (!running_ && error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

std::uint32_t LiveMachine::read_register(std::string_view name) const {
  const CoreRegister which = find_register(name).which;
  const std::uint32_t value = machine_->core().read_register(which);
  if (which == CoreRegister::kControl) return value & 3u;  // FPCA is not the engine's
  if (which != CoreRegister::kXpsr) return value;
  return (value & ~0x1FFu) | machine_->core().exception_number();
}

void LiveMachine::write_register(std::string_view name, std::uint32_t value) {
  const NamedRegister found = find_register(name);
  if (!found.writable) {
    throw InputError(fmt::format("register '{}' can be read only", name));
  }
  CortexM& core = machine_->core();
  if (found.which == CoreRegister::kXpsr) {
    const std::uint32_t now = core.read_register(CoreRegister::kXpsr);
    core.write_register(CoreRegister::kXpsr, (now & ~kFlagBits) | (value & kFlagBits));
  } else if (found.which != CoreRegister::kPc) {
    core.write_register(found.which, value);
  } else if (running_) {
    next_pc_ = value;  // behind this instruction's callbacks, outside of the engine
    core.request_stop({StopKind::kRequested, "", 0});
  } else {
    write_pc(value);
  }
}

void LiveMachine::write_pc(std::uint32_t value) {
  CortexM& core = machine_->core();
  const std::uint32_t xpsr = core.read_register(CoreRegister::kXpsr);
  core.write_register(CoreRegister::kXpsr, (xpsr & ~kItAndIciBits) | kThumbState);
  core.write_register(CoreRegister::kPc, value & ~1u);
}

std::vector<std::string> LiveMachine::register_names() {
  std::vector<std::string> names;
  for (unsigned n = 0; n <= 12; ++n) names.push_back(fmt::format("r{}", n));
  for (const NamedRegister& known : kNamed) {
    names.emplace_back(known.name);
  }
  for (unsigned n = 0; n < 32; ++n) names.push_back(fmt::format("s{}", n));
  return names;
}

}  // namespace tinyscope

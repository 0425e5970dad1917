#include "sim/cli/run_conditions.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/cli/text_values.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

// Splits "uart:TEXT" at the first colon.
std::pair<std::string, std::string> split_condition(const std::string& text,
                                                    const std::string& what) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon + 1 == text.size()) {
    throw InputError(
        fmt::format("{}: expected uart:TEXT, symbol:NAME, mem:NAME==VALUE, "
                    "inferences:N, time:2.5s or cycles:N",
                    what));
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

RunConditions::RunConditions(Machine& machine, UartConsole& console, const SymbolTable& symbols)
    : machine_(machine), console_(console), symbols_(symbols) {}

RunConditions::~RunConditions() {
  for (const CortexM::WatchId watch : watches_) machine_.core().unwatch(watch);
  for (const UartConsole::WaiterId waiter : waiters_) console_.forget(waiter);
}

void RunConditions::satisfied(const std::string& condition) {
  machine_.core().request_stop({StopKind::kRequested, "until " + condition, 0});
}

void RunConditions::enough_inferences() {
  satisfied(fmt::format("inferences:{}", std::exchange(inferences_, {}).value()));
}

void RunConditions::add(const std::string& text, const std::string& option) {
  const std::string what = option + text;
  const auto [kind, value] = split_condition(text, what);
  const auto hold = [this, text] { satisfied(text); };
  if (kind == "uart") {
    if (console_.empty()) throw InputError(what + ": this board has no console UART");
    waiters_.push_back(console_.when_printed(unescape(value), hold));
  } else if (kind == "symbol") {
    // Where a run goes on from the very place, that does not count.
    const std::uint64_t before = machine_.core().counts().instructions;
    watches_.push_back(machine_.core().watch_address(
        parse_place(value, symbols_, what).address, [this, hold, before] {
          if (before == 0 || machine_.core().counts().instructions != before) hold();
        }));
  } else if (kind == "mem") {
    add_memory(text, value, what);
  } else if (kind == "inferences") {
    const std::uint64_t count = parse_unsigned(value, what);
    if (count == 0 || count > 1'000'000) {
      throw InputError(what + ": expected a count of 1 to 1000000");
    }
    want_inferences(static_cast<unsigned>(count));
  } else if (kind == "time") {
    events_.push_back(std::make_unique<Event>(machine_.scheduler(), hold));
    events_.back()->at(TimePoint{} + parse_duration(value, what));
  } else if (kind == "cycles") {
    cycles_ = parse_unsigned(value, what);
  } else {
    throw InputError(
        fmt::format("{}: unknown condition '{}'; expected uart, symbol, mem, "
                    "inferences, time or cycles",
                    what, kind));
  }
}

void RunConditions::add_memory(const std::string& text, std::string_view spec,
                               const std::string& what) {
  const std::size_t equals = spec.find("==");
  if (equals == std::string_view::npos) {
    throw InputError(what + ": expected mem:NAME==VALUE");
  }
  const Place place = parse_place(spec.substr(0, equals), symbols_, what);
  const auto wanted = static_cast<std::uint32_t>(parse_integer(spec.substr(equals + 2), what));
  const auto size =
      place.size == 1 || place.size == 2 ? static_cast<AccessSize>(place.size) : AccessSize::kWord;
  if (machine_.bus().memory_at(place.address).memory == nullptr) {
    throw InputError(fmt::format("{}: 0x{:08X} is not in the board's memory", what, place.address));
  }
  const auto check = [this, text, place, size, wanted] {
    const BusReply reply = machine_.bus().read(place.address, size, {}, true);
    if (reply.value == (wanted & mask(size))) satisfied(text);
  };
  watches_.push_back(machine_.core().watch_stores(place.address, bytes(size), check));
  polled_.push_back(check);  // DMA writes are noticed here
}

}  // namespace tinyscope

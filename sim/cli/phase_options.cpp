#include "sim/cli/phase_options.hpp"

#include <fmt/format.h>

#include "sim/cli/text_values.hpp"
#include "sim/error.hpp"

namespace tinyscope {

namespace {

constexpr std::string_view kForms =
    "expected NAME=SYMBOL, NAME=itm:PORT, NAME=pin:PIN, NAME=dwt or NAME=dwt:N";

unsigned parse_number(std::string_view text, const std::string& what, unsigned least,
                      unsigned most) {
  const std::uint64_t number = parse_unsigned(text, what);
  if (number < least || number > most) {
    throw InputError(fmt::format("{}: expected a number from {} to {}", what, least, most));
  }
  return static_cast<unsigned>(number);
}

// "tensor_arena" for "(anonymous namespace)::tensor_arena", if that is the only one.
const Symbol* find_symbol(const SymbolTable& symbols, const std::string& name) {
  if (const Symbol* const exact = symbols.find(name); exact != nullptr) return exact;
  const Symbol* found = nullptr;
  for (const Symbol& symbol : symbols.all()) {
    if (!without_parameters(symbol.demangled).ends_with("::" + name)) continue;
    if (found != nullptr && found->address != symbol.address) return nullptr;
    found = &symbol;
  }
  return found;
}

PadPort* find_pad(Machine& machine, const std::string& pin, const std::string& what) {
  std::string known;
  for (const auto& [label, pad] : machine.board().pins) {
    known += (known.empty() ? "" : ", ") + label;
    if (label != pin && pad != pin) continue;
    for (const auto& description : machine.board().soc.peripherals) {
      auto* const port = dynamic_cast<PadPort*>(machine.peripheral(description.name)->port(pad));
      if (port != nullptr) return port;
    }
  }
  throw InputError(fmt::format("{}: the board has no pin '{}'; it has {}", what, pin, known));
}

}  // namespace

PhaseOptions::PhaseOptions(const std::vector<std::string>& options, const SymbolTable& symbols,
                           Machine& machine)
    : machine_(machine) {
  rules_.name = "command line";
  for (const std::string& text : options) parse(text, symbols);
}

void PhaseOptions::parse(const std::string& text, const SymbolTable& symbols) {
  const std::string what = "--phase " + text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw InputError(fmt::format("{}: {}", what, kForms));
  }
  Marker marker;
  marker.name = text.substr(0, equals);
  if (is_reserved_phase(marker.name) && marker.name != "other") {
    throw InputError(
        fmt::format("{}: \"{}\" is counted by itself; choose another name", what, marker.name));
  }
  const std::string source = text.substr(equals + 1);
  if (source.starts_with("itm:")) {
    marker.kind = Marker::Kind::kItm;
    marker.number = parse_number(source.substr(4), what, 0, 31);
  } else if (source == "dwt" || source.starts_with("dwt:")) {
    marker.kind = Marker::Kind::kCycleRead;
    marker.number = source == "dwt" ? 1 : parse_number(source.substr(4), what, 1, 1'000'000);
  } else if (source.starts_with("pin:")) {
    marker.kind = Marker::Kind::kPin;
    marker.pad = find_pad(machine_, source.substr(4), what);
  } else {
    return parse_symbol(marker.name, source, what, symbols);
  }
  markers_.push_back(std::move(marker));
}

void PhaseOptions::parse_symbol(const std::string& name, const std::string& text,
                                const std::string& what, const SymbolTable& symbols) {
  LayerRules::Phase phase{name, {}, true};
  if (text.find('*') != std::string::npos) {
    phase.match = {text};
    rules_.phases.push_back(std::move(phase));
    return;
  }
  const Symbol* symbol = find_symbol(symbols, text);
  const Place place =
      symbol != nullptr ? Place{symbol->address, symbol->size} : parse_place(text, symbols, what);
  if (symbol == nullptr) symbol = symbols.function_at(place.address & ~1u);
  const Memory* const memory = machine_.bus().memory_at(place.address).memory;
  const bool in_ram = symbol == nullptr && memory != nullptr && memory->kind() == MemoryKind::kRam;
  if (in_ram || (symbol != nullptr && symbol->kind == SymbolKind::kObject)) {
    Marker marker;
    marker.name = name;
    marker.address = in_ram ? place.address : symbol->address;
    marker.size = in_ram ? 4 : std::max(symbol->size, 1u);
    markers_.push_back(std::move(marker));
    return;
  }
  if (name == "other") {
    throw InputError(what + ": a function cannot end a phase; name an object, port or pin");
  }
  const Symbol* const function = symbols.function_at(place.address & ~1u);
  phase.match = {function != nullptr ? function->demangled
                                     : fmt::format("{:#010x}", place.address & ~1u)};
  rules_.phases.push_back(std::move(phase));
}

void PhaseOptions::begin(const Marker& marker) {
  profiler_->mark_phase(marker.phase);
  current_ = &marker;
}

void PhaseOptions::end(const Marker& marker) {
  if (current_ != &marker) return;  // another one has taken over
  profiler_->mark_phase(LayerCollector::kNoPhase);
  current_ = nullptr;
}

void PhaseOptions::cycle_read(Address pc) {
  // A function that only reads the counter stands for the places that call it.
  const Address caller = profiler_->layers().call_stack().top().return_address;
  const auto next = static_cast<unsigned>(cycle_reads_.size()) + 1;
  const unsigned number = cycle_reads_.try_emplace({pc, caller}, next).first->second;
  if (current_ != nullptr && current_->kind == Marker::Kind::kCycleRead) end(*current_);
  for (const Marker& marker : markers_) {
    if (marker.kind == Marker::Kind::kCycleRead && marker.number == number) begin(marker);
  }
}

void PhaseOptions::follow(Profiler& profiler) {
  profiler_ = &profiler;
  bool reads = false;
  for (Marker& marker : markers_) {
    marker.phase = marker.name == "other" ? LayerCollector::kNoPhase : profiler.phase(marker.name);
    switch (marker.kind) {
      case Marker::Kind::kStore:
        machine_.core().watch_stores(marker.address, marker.size,
                                     [this, &marker] { begin(marker); });
        break;
      case Marker::Kind::kItm:
        machine_.core().itm().add_sink([this, &marker](unsigned port, std::uint32_t, unsigned) {
          if (port == marker.number) begin(marker);
        });
        break;
      case Marker::Kind::kCycleRead: reads = true; break;
      case Marker::Kind::kPin:
        marker.pad->on_level([this, &marker](bool high) {
          if (high) {
            begin(marker);
          } else {
            end(marker);
          }
        });
        break;
    }
  }
  if (reads) machine_.core().dwt().on_cycle_read([this](Address pc) { cycle_read(pc); });
}

}  // namespace tinyscope

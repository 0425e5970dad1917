#include "sim/cli/pin_log.hpp"

#include <fmt/format.h>

#include "sim/cli/pin_trace.hpp"
#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {

PinLog::PinLog(Machine& machine) : machine_(machine) {
  for_each_pin(machine, [this](const std::string& label, PadPort& port) {
    Pin& pin = pins_[label];
    pin.port = &port;
    port.on_level([this, &pin](bool) { note(pin); });
    port.node().on_output([this, &pin] { note(pin); });
  });
}

void PinLog::note(Pin& pin) {
  const double level = level_of(*pin.port);
  if (!pin.changes.empty() && pin.changes.back().level == level) return;
  if (pin.changes.size() >= 2 * kMostChanges) {
    pin.changes.erase(pin.changes.begin(), pin.changes.end() - kMostChanges);
  }
  pin.changes.push_back({machine_.scheduler().now(), level});
}

PinLog::Pin& PinLog::find(const std::string& name) {
  if (const auto found = pins_.find(name); found != pins_.end()) return found->second;
  throw InputError(fmt::format("board '{}' has no pin '{}'{}", machine_.board().name, name,
                               suggest(name, names())));
}

PadPort& PinLog::port(const std::string& pin) { return *find(pin).port; }

const std::vector<PinChange>& PinLog::changes(const std::string& pin) { return find(pin).changes; }

std::vector<std::string> PinLog::names() const {
  std::vector<std::string> names;
  for (const auto& [name, pin] : pins_) names.push_back(name);
  return names;
}

PinLog::History PinLog::history() const {
  History history;
  for (const auto& [name, pin] : pins_) {
    if (!pin.changes.empty()) history[name] = pin.changes;
  }
  return history;
}

void PinLog::go_back_to(const History& history) {
  for (auto& [name, pin] : pins_) {
    const auto found = history.find(name);
    pin.changes = found == history.end() ? std::vector<PinChange>() : found->second;
  }
}

}  // namespace tinyscope

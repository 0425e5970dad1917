#include "sim/cli/pin_trace.hpp"

#include <fmt/format.h>

#include "sim/error.hpp"

namespace tinyscope {

void for_each_pin(Machine& machine,
                  const std::function<void(const std::string& label, PadPort& pad)>& action) {
  for (const auto& [label, pad] : machine.board().pins) {
    for (const auto& description : machine.board().soc.peripherals) {
      auto* const port = dynamic_cast<PadPort*>(machine.peripheral(description.name)->port(pad));
      if (port != nullptr) action(label, *port);
    }
  }
}

PinTrace::PinTrace(Machine& machine, const std::string& file)
    : machine_(machine), output_(file, std::ios::binary) {
  if (!output_) throw InputError(fmt::format("--trace-pins {}: cannot write this file", file));
  output_ << "time_s,pin,level,duty\n";
  for_each_pin(machine, [this](const std::string& label, PadPort& pad) {
    pad.on_level([this, label, &pad](bool) { write(label, pad); });
    pad.node().on_output([this, label, &pad] { write(label, pad); });
  });
}

void PinTrace::write(const std::string& pin, PadPort& pad) {
  const auto duty = pad.node().duty();
  output_ << fmt::format("{:.9f},{},{},{}\n", machine_.scheduler().now().seconds(), pin,
                         pad.level() ? 1 : 0, duty ? fmt::format("{:.4f}", *duty) : "");
}

}  // namespace tinyscope

// Energy by part of the chip.
#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

void write_energy(TerminalPage& page) {
  const EnergyReport& report = page.report.energy;
  if (report.parts.empty()) return;
  page.heading(fmt::format("Energy, estimated at {:.3g} V", report.supply_volts));
  page.print("  whole run      {}\n", bounds(report.total_uj));
  if (report.per_inference_uj)
    page.print("  per inference  {}\n", bounds(*report.per_inference_uj));
  for (const EnergyPart& part : report.parts) {
    const std::string unit =
        part.unit + " " + part.state + (part.condition.empty() ? "" : " (" + part.condition + ")");
    page.print("  {:<32}  {:>10.6f} s  {}\n", unit, part.seconds, bounds(part.uj));
  }
}

}  // namespace tinyscope

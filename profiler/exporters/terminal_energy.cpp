// Energy by part of the chip.
#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {
namespace {

std::string life(double hours) {
  return hours < 48 ? fmt::format("{:.3g} hours", hours) : fmt::format("{:.4g} days", hours / 24);
}

void write_battery(TerminalPage& page, const BatteryReport& battery) {
  page.heading(
      fmt::format("Battery {}, {:.4g} mAh", printable(battery.battery), battery.capacity_mah));
  page.print("  lasts          {} ({} to {})\n", life(battery.life_hours.value),
             life(battery.life_hours.low), life(battery.life_hours.high));
  page.print("  each           {:.4g} s, of which {:.4g} s for one inference\n",
             battery.period_seconds, battery.active_seconds);
  page.print("  inference      {}\n", bounds(battery.active_uj));
  page.print("  sleep          {}, {:.1f} % of all: {}\n", bounds(battery.sleep_uj),
             battery.sleep_percent, printable(battery.sleep_state));
}

}  // namespace

void write_energy(TerminalPage& page) {
  const EnergyReport& report = page.report.energy;
  if (report.parts.empty()) return;
  page.heading(fmt::format("Energy, estimated at {:.3g} V", report.supply_volts));
  page.print("  whole run      {}\n", bounds(report.total_uj));
  if (report.per_inference_uj)
    page.print("  per inference  {}\n", bounds(*report.per_inference_uj));
  page.print("  average power  {:.4g} mW ({:.4g} to {:.4g})\n", report.average_mw.value,
             report.average_mw.low, report.average_mw.high);
  for (const EnergyPart& part : report.parts) {
    const std::string unit =
        part.unit + " " + part.state + (part.condition.empty() ? "" : " (" + part.condition + ")");
    const std::string use = part.events != 0 ? fmt::format("{} x", grouped(part.events))
                                             : fmt::format("{:.6f} s", part.seconds);
    page.print("  {:<32}  {:>14}  {}\n", unit, use, bounds(part.uj));
  }
  if (report.battery) write_battery(page, *report.battery);
}

}  // namespace tinyscope

#include "sim/cli/profile_options.hpp"

#include <CLI/CLI.hpp>

#include "sim/cli/report_files.hpp"

namespace tinyscope {

void add_recognition_options(CLI::App& command, RunOptions& options) {
  const auto group = "Profile";
  command
      .add_option("--layer-rules", options.layer_rules,
                  "Rules that recognise inferences: a shipped name (mlrt, tflite_micro, "
                  "cmsis_nn) or a .toml file; repeatable; default: all shipped")
      ->allow_extra_args(false)
      ->type_name("RULES")
      ->group(group);
  command
      .add_option("--supply", options.supply_volts,
                  "Supply voltage for energy, instead of that at which currents were measured")
      ->check(CLI::Range(0.1, 1000.0))
      ->type_name("VOLTS")
      ->group(group);
  command
      .add_option("--power", options.power,
                  "Currents and charges instead of the board's, as `tinyscope energy calibrate` "
                  "writes them")
      ->type_name("TOML")
      ->group(group);
  command
      .add_option("--invoke", options.invoke_symbol,
                  "Function that runs one inference, instead of those the rules name")
      ->type_name("SYMBOL")
      ->group(group);
}

void add_profile_options(CLI::App& command, ProfileOptions& options) {
  command
      .add_option("--phase", options.phases,
                  "NAME=FUNCTION while it runs; NAME=OBJECT from each store to it, NAME=itm:PORT, "
                  "NAME=dwt:N (N-th place that reads CYCCNT) until the next marker; NAME=pin:PIN "
                  "while it is high; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME=WHAT")
      ->group("Profile");
  command
      .add_option("--function", options.functions,
                  "Names the code from BEGIN up to END, where the image has no symbol; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME=BEGIN-END")
      ->group("Profile");
  command
      .add_option("--inference", options.inference,
                  "Show the layers of the N-th inference, counted from 1 (default: the last)")
      ->check(CLI::Range(1u, 0x7FFFFFFFu))
      ->type_name("N")
      ->group("Profile");
  command
      .add_option("--skip", options.skip,
                  "The first N inferences of each model are warm-up, and not in its statistics "
                  "(default: 1 if there are several)")
      ->type_name("N")
      ->group("Profile");
  command
      .add_option("--battery", options.battery,
                  "How long a battery lasts: cr2032, aa, aaa, lipo-MAH (lipo-500) or "
                  "NAME:MAH,VOLTS; without --supply its voltage feeds the board")
      ->type_name("BATTERY")
      ->group("Energy");
  command
      .add_option("--period", options.period,
                  "Time from one inference to the next for --battery; the chip sleeps in between")
      ->capture_default_str()
      ->type_name("TIME")
      ->group("Energy");
  for (const ReportFormat& format : report_formats()) {
    command.add_option(format.option, options.reports[format.option], format.help)
        ->type_name("FILE")
        ->group("Reports");
  }
  command
      .add_flag("--timeline-functions", options.timeline_functions,
                "Shows functions from call to return in files that show the run over time")
      ->group("Reports");
  command
      .add_flag("--traffic", options.traffic,
                "Count reads, writes and bytes by memory and layer, and working sets; takes about "
                "half as long again")
      ->group("Profile");
  command
      .add_flag("--check-uninitialised", options.check_uninitialised,
                "Find reads of RAM that nothing has written since power-on; takes about a quarter "
                "longer")
      ->group("Profile");
}

void add_saved_report_options(CLI::App& command, ProfileOptions& options) {
  for (const ReportFormat& format : report_formats()) {
    if (!format.from_report) continue;
    command.add_option(format.option, options.reports[format.option], format.help)
        ->type_name("FILE")
        ->group("Reports");
  }
}

}  // namespace tinyscope

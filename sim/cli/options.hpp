// What the user asked for on the command line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/stimuli.hpp"
#include "sim/cli/what_if.hpp"

namespace tinyscope {

// What only `profile` is asked for; add_profile_options() names each on the command line.
struct ProfileOptions {
  bool timeline_functions = false;             // functions on the timeline
  bool advice = false;                         // what-ifs are run as well
  std::map<std::string, std::string> reports;  // file by option, see report_formats(); empty: none
  std::vector<std::string> phases;             // NAME=WHAT, see phase_options.hpp
  std::vector<std::string> functions;          // NAME=0xBEGIN-0xEND
  std::optional<unsigned> inference;           // the one to show, counted from 1
  std::optional<unsigned> skip;                // inferences of each model that are warm-up
  bool traffic = false;                        // count every data access
  std::string battery;                         // see parse_battery(); empty: no battery life
  std::string period = "1s";                   // from one inference to the next, on that battery
  bool check_uninitialised = false;            // find reads of RAM that nothing has written
};

// What only `annotate` is asked for.
struct AnnotateOptions {
  std::string selection;  // see annotate(); empty: what took most
  std::string json;       // file; empty: none
  std::vector<std::string> source_roots;
};

struct RunOptions {
  std::string firmware;
  std::string board;
  std::string bin_address;
  std::string kernels;      // of the runner, for a bare model; empty: dsp
  std::string boot_loader;  // image that is in flash as well; empty: none
  StimulusArguments stimuli;
  std::vector<std::string> set;        // PERIPHERAL.PARAM=VALUE
  std::string svd;                     // file whose peripherals become stubs; empty: the chip's
  std::vector<std::string> svd_rules;  // files
  std::optional<double> supply_volts;  // instead of the description's, for energy
  std::string power;                   // file that replaces currents and charges; empty: none
  std::uint64_t seed = 1;
  bool reference_path = false;        // see MachineOptions
  bool functional = false;            // likewise
  std::vector<std::string> what_ifs;  // KEY=VALUE, see what_if_options.hpp
  WhatIf what_if;  // set by what replays a run, not by the user; what_ifs are empty then

  std::vector<std::string> until;
  std::vector<std::string> print;
  std::string uart = "-";  // file for the console's bytes, "-" standard output
  std::string uart_script;
  std::string usb;          // what the USB connector is plugged into; see usb_options.hpp
  std::string usb_out;      // file for what comes over USB instead of where --uart goes
  bool from_stdin = false;  // standard input goes to the console
  std::string trace_pins;   // file for what the board's pins do
  std::string frame;        // PNG file for what the display shows; empty: none
  std::optional<unsigned> frame_every;  // frames from one such file to the next; none: the last
  std::string itm;                      // file for ITM stimulus bytes
  std::string semihosting_files;        // folder; empty: refused
  std::string semihosting_args;

  std::optional<std::uint64_t> limit_cycles;
  std::string limit_time;
  std::string limit_host_time;
  std::optional<std::uint64_t> limit_uart_bytes;
  std::string limit_no_progress;

  std::vector<std::string> layer_rules;
  std::string invoke_symbol;
  bool quiet = false;

  ProfileOptions profile;
};

}  // namespace tinyscope

#include "sim/cli/run_options.hpp"

#include <CLI/CLI.hpp>

namespace tinyscope {

void add_firmware_options(CLI::App& command, RunOptions& options, bool needs_board) {
  command
      .add_option("FIRMWARE", options.firmware,
                  "The image that would be flashed: ELF, HEX, UF2 or BIN; or a bare model, .tflite "
                  "(docs/bare-models.md)")
      ->required();
  command
      .add_option("-b,--board", options.board,
                  "Board name (see `tinyscope boards`) or a .toml file")
      ->required(needs_board);
  command
      .add_option("--bin-address", options.bin_address,
                  "Where a raw .bin image goes; default: where the board's boot loader expects it")
      ->type_name("ADDRESS");
  command
      .add_option("--kernels", options.kernels,
                  "Of the runner that a bare model is put into; default: dsp")
      ->check(CLI::IsMember({"dsp", "reference"}));
  command
      .add_option("--bootloader", options.boot_loader,
                  "A boot loader that is in flash as well and starts FIRMWARE: ELF, HEX, UF2 or "
                  "BIN; without it FIRMWARE starts in the state that the board's boot loader "
                  "leaves")
      ->type_name("FILE");
  command
      .add_option("--set", options.set,
                  "Gives a parameter of a peripheral another value than the board's description "
                  "does; repeatable")
      ->allow_extra_args(false)
      ->type_name("PERIPHERAL.PARAM=VALUE");
  command
      .add_option("--svd", options.svd,
                  "CMSIS-SVD file of the chip: what the board's description does not model becomes "
                  "a stub that holds values and names its registers (docs/new-chip.md)")
      ->type_name("FILE");
  command
      .add_option("--svd-rules", options.svd_rules,
                  "What such stubs do beside that, for example which ready flag follows which "
                  "enable bit; repeatable")
      ->allow_extra_args(false)
      ->type_name("TOML");
  command.add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  command.add_flag(
      "--reference-path", options.reference_path,
      "Watches every instruction instead of every block: about eight times slower, the "
      "same figures");
  command.add_flag("--functional", options.functional,
                   "Without a cycle model, as fast as can be: the same results, but every "
                   "instruction counts as one cycle, so that no time and no energy is the chip's");
}

void add_stimulus_options(CLI::App& command, StimulusArguments& stimuli) {
  const auto group = "What the board senses (docs/stimuli.md)";
  const auto add = [&](const char* name, auto& value, const char* text, const char* type) {
    return command.add_option(name, value, text)->type_name(type)->group(group);
  };
  add("--mic", stimuli.mic, "What the microphone hears", "WAV");
  add("--imu", stimuli.imu,
      "How the board moves: columns such as ax_g, gx_dps, mx_uT, and time_s or a line "
      "\"# rate_hz = 50\"",
      "CSV");
  add("--camera", stimuli.camera, "What the camera sees", "IMAGE|FOLDER");
  add("--sensor", stimuli.sensors,
      "Feeds a device of the board from a file; repeatable; `tinyscope boards` lists the names",
      "NAME=FILE")
      ->allow_extra_args(false);
  add("--pin", stimuli.pins,
      "Drives a pin of the board: a level (0, 1), a voltage (1.2V) or a CSV file with a column "
      "level or volts_V; repeatable",
      "PIN=VALUE|FILE")
      ->allow_extra_args(false);
  add("--scenario", stimuli.scenario,
      "Steps over time: recordings, values, gestures, buttons and pins, with loops and noise",
      "TOML");
}

void add_run_options(CLI::App& command, RunOptions& options) {
  const auto group = "Ending the run";
  command
      .add_option("--until", options.until,
                  "Ends the run with success when it is met; repeatable, the first one counts: "
                  "uart:TEXT, symbol:NAME, mem:NAME==VALUE, inferences:N, time:2.5s, cycles:N")
      ->allow_extra_args(false)
      ->type_name("CONDITION")
      ->group(group);
  command.add_option("--limit-cycles", options.limit_cycles, "Ends the run with status 124")
      ->type_name("N")
      ->group(group);
  command.add_option("--limit-time", options.limit_time, "The same, in simulated time")
      ->type_name("TIME")
      ->group(group);
  command.add_option("--limit-host-time", options.limit_host_time, "The same, in the host's time")
      ->type_name("TIME")
      ->group(group);
  command.add_option("--limit-uart-bytes", options.limit_uart_bytes, "The same, in bytes printed")
      ->type_name("N")
      ->group(group);
  command
      .add_option("--limit-no-progress", options.limit_no_progress,
                  "The same, when neither a byte is printed nor an inference ends for that long")
      ->type_name("TIME")
      ->group(group);
  const auto io = "Input and output";
  command.add_option("--uart", options.uart, "File for what firmware prints; - is standard output")
      ->capture_default_str()
      ->type_name("FILE")
      ->group(io);
  command
      .add_option(
          "--usb", options.usb,
          "What the board's USB connector is plugged into: cdc, a computer that opens the "
          "serial port and prints what comes with the rest (as without this option); pty or "
          "tcp:PORT, the same, and the port appears here as a pseudo terminal or on a TCP "
          "port; none, nothing: the board runs from a battery")
      ->type_name("cdc|pty|tcp:PORT|none")
      ->group(io);
  command.add_option("--usb-out", options.usb_out, "File for what firmware prints over USB")
      ->type_name("FILE")
      ->group(io);
  command
      .add_flag("--stdin", options.from_stdin, "Sends what comes on standard input to the console")
      ->group(io);
  command
      .add_option(
          "--uart-script", options.uart_script,
          "What to send to the console and what to wait for, a step a line: send \"TEXT\", "
          "send_hex BYTES, send_file FILE, expect \"TEXT\", expect /REGEX/, expect[2s] ..., "
          "timeout 2s, delay 10ms, stop, # comment")
      ->type_name("FILE")
      ->group(io);
  command
      .add_option("--print", options.print,
                  "Prints memory at the end: SYMBOL or address, with :u8 :i8 :u16 :i16 :u32 :i32 "
                  ":f32 :hex or :str and [count]; repeatable")
      ->allow_extra_args(false)
      ->type_name("SYMBOL[:FORMAT]")
      ->group(io);
  command
      .add_option("--trace-pins", options.trace_pins,
                  "File for what the pins of the board do, LEDs among them: CSV, a row a change")
      ->type_name("FILE")
      ->group(io);
  command.add_option("--frame", options.frame, "PNG file for what the display shows at the end")
      ->type_name("FILE")
      ->group(io);
  command
      .add_option("--frame-every", options.frame_every,
                  "With --frame: every N-th frame goes to a file of its own, FILE-0001.png, …")
      ->type_name("N")
      ->group(io);
  command.add_option("--itm", options.itm, "File for the bytes of the ITM stimulus ports")
      ->type_name("FILE")
      ->group(io);
  command
      .add_option("--semihosting-files", options.semihosting_files,
                  "Lets firmware open files in this folder by semihosting")
      ->type_name("FOLDER")
      ->group(io);
  command.add_option("--semihosting-args", options.semihosting_args, "Command line for firmware")
      ->type_name("TEXT")
      ->group(io);
  command.add_flag("-q,--quiet", options.quiet, "No progress")->group(io);
}

void add_what_if_option(CLI::App& command, RunOptions& options) {
  command
      .add_option("--what-if", options.what_ifs,
                  "The chip set up in another way than firmware does it (docs/what-if.md): "
                  "clock=80MHz, wait_states=N, instruction_cache=on|off, data_cache=on|off, "
                  "prefetch=on|off, weights=MEMORY, code=MEMORY, arena=MEMORY; repeatable")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE")
      ->group("What if");
}

}  // namespace tinyscope

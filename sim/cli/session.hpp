// One run of a machine under the user's conditions and limits.
#pragma once

#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "peripherals/usb/usb_link.hpp"
#include "sim/cli/exit_status.hpp"
#include "sim/cli/frame_files.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/machine.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/pin_trace.hpp"
#include "sim/cli/print_spec.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/run_conditions.hpp"
#include "sim/cli/serial_link.hpp"
#include "sim/cli/uart_console.hpp"
#include "sim/cli/uart_script.hpp"
#include "sim/cli/usb_options.hpp"

namespace tinyscope {

class Session {
 public:
  // Builds the machine and arms every condition and limit. `inferences` tells how many inferences
  // have completed, for --until inferences:N; null: that condition is refused.
  // The image must outlive the session: faults are told by its symbols and lines.
  Session(const RunOptions& options, const BoardDescription& board, const FirmwareImage& image,
          std::ostream& out);
  ~Session();

  Machine& machine() { return *machine_; }
  // Who counts inferences; call before arm() if --until inferences:N is to be accepted.
  void count_inferences(std::function<unsigned()> counter) { inferences_ = std::move(counter); }
  // Where the user gave no condition: ends the run with the UART script, or without one `tail` of
  // simulated time after so many inferences.
  void stop_by_itself(unsigned inferences, Duration tail);

  // Called once, when the first inference has ended; needs count_inferences().
  void after_first_inference(std::function<void()> action) { first_ = std::move(action); }

  struct Result {
    StopReason stop;
    ExitStatus status = kPass;
    double host_seconds = 0;
  };
  // Power-on, run to the end, print what --print asks for.
  Result run();

 private:
  class Watcher;

  void arm_limits();
  void open_outputs(const UsbChoice& usb);
  void open_console(std::ostream& uart, const UsbChoice& usb);
  void open_usb_link(UartPort& port, const UsbChoice& usb);
  void script_ended(const UartScript::Outcome& outcome);
  void poll();
  void after_block();
  void limit(const std::string& what);
  Event& at(TimePoint when, std::function<void()> action);
  ExitStatus judge(const StopReason& stop) const;
  void report_faults() const;

  RunOptions options_;
  const FirmwareImage& image_;
  std::ostream& out_;
  std::unique_ptr<Machine> machine_;
  std::ofstream uart_file_;
  std::ofstream usb_file_;
  std::ofstream itm_file_;
  std::unique_ptr<PinTrace> pin_trace_;
  std::optional<FrameFiles> frame_files_;
  UartConsole console_;
  usb::SerialPort* usb_serial_ = nullptr;  // of the board's USB; null: it has none
  std::unique_ptr<SerialLink> usb_link_;
  std::unique_ptr<SerialLink> stdin_link_;
  std::unique_ptr<UartScript> script_;
  bool stop_with_script_ = false;
  std::unique_ptr<Watcher> watcher_;
  std::vector<PrintSpec> prints_;
  std::vector<std::unique_ptr<Event>> events_;
  std::function<unsigned()> inferences_;
  std::function<void()> first_;
  std::unique_ptr<RunConditions> conditions_;
  std::optional<Duration> tail_;
  unsigned tail_after_ = 1;  // inferences
  bool limit_hit_ = false;
  bool failed_ = false;
  bool interrupted_ = false;
  std::optional<std::chrono::duration<double>> host_limit_;
  std::chrono::steady_clock::time_point started_;
  Progress progress_;
};

}  // namespace tinyscope

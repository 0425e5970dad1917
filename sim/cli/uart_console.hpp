// The far end of the board's console UART: collects what firmware prints, waits for texts, and
// plays a script of lines to send and to wait for.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "sim/ports.hpp"
#include "sim/scheduler.hpp"

namespace tinyscope {

// One step of a UART script, see UartScript::from_file.
struct UartStep {
  enum class Kind { kSend, kWait, kDelay } kind = Kind::kSend;
  std::string text;   // kSend, kWait
  Duration delay{};   // kDelay; kWait: how long to wait at most (0: for ever)
  std::string where;  // "file:line"
};

// A script is a text file of one step a line; empty lines and lines that begin with # are skipped:
//   send TEXT        sends TEXT; \n, \r, \t, \\ and \xHH as in C
//   wait TEXT        waits until the firmware has printed TEXT
//   wait[2s] TEXT    the same, and the run fails if it takes longer than 2 s of simulated time
//   delay 10ms       does nothing for that long
// Throws InputError with file:line.
std::vector<UartStep> read_uart_script(const std::filesystem::path& file);

class UartConsole {
 public:
  // Bytes go to `output` as they come; null: nowhere.
  UartConsole(Scheduler& scheduler, UartPort& port, std::ostream* output);

  // Calls `action` once when `text` has been printed.
  void when_printed(std::string text, std::function<void()> action);
  // Calls `action` once when that many bytes have been printed.
  void when_bytes(std::uint64_t count, std::function<void()> action) {
    bytes_wanted_ = count;
    bytes_action_ = std::move(action);
  }
  // Starts the script; `failed` is called with a message when a wait runs out.
  void play(std::vector<UartStep> script, std::function<void(std::string)> failed);

  std::uint64_t byte_count() const { return bytes_; }
  // The last bytes printed, a few thousand at most.
  const std::string& tail() const { return tail_; }
  // The script still has steps.
  bool script_pending() const { return step_ < script_.size(); }

 private:
  struct Waiter {
    std::string text;
    std::size_t matched = 0;
    std::function<void()> action;
    bool feed(char byte);
  };

  void received(std::uint8_t byte);
  void next_step();
  void send_byte();
  void wait_expired();

  UartPort& port_;
  std::ostream* output_;
  std::uint64_t bytes_ = 0;
  std::uint64_t bytes_wanted_ = 0;
  std::function<void()> bytes_action_;
  std::string tail_;
  std::vector<Waiter> waiters_;
  std::vector<UartStep> script_;
  std::size_t step_ = 0;
  std::optional<Waiter> script_wait_;
  std::deque<std::uint8_t> to_send_;
  std::function<void(std::string)> failed_;
  Event step_event_;
  Event send_event_;
};

}  // namespace tinyscope

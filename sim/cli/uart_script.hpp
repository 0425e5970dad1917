// A script for the far end of the console UART: what to send to the board, what to wait for.
//
// One step a line; empty lines and lines that begin with # are skipped. Times are simulated time.
//   send "name%"           sends these bytes; \n, \r, \t, \", \\ and \xHH as in C
//   send_hex 00 7f ff      sends bytes given as hexadecimal digits
//   send_file input.bin    sends the bytes of a file; its path is relative to the script
//   expect "m-ready"       waits until firmware has printed this text
//   expect /^m-lap-us-\d+/ waits for a line in which the regular expression (ECMAScript) is found
//   expect[2s] "m-ready"   the same, and the run fails if it takes longer than 2 s
//   timeout 2s             what holds for the later steps that give no time; 0s: for ever
//   delay 10ms             does nothing for that long
//   baud 1200              the program that has opened the USB serial port sets this speed
//   dtr off                it lets go of DTR, that is, closes the port; dtr on opens it again
//   stop                   ends the run with success
// Quotes may be left out; the text is then the rest of the line. `wait` is another word for
// `expect`.
//
// An expectation looks at everything that was printed behind the match of the one before it, so
// that no answer is missed however early it comes. Bytes are sent at the speed that the chip has
// programmed, one frame after the other, once its receiver is switched on. Where the console has
// several ports they go to the one that printed last (UartConsole::receiver).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <regex>
#include <string>
#include <vector>

#include "peripherals/usb/usb_link.hpp"
#include "sim/cli/uart_sender.hpp"
#include "sim/ports.hpp"
#include "sim/scheduler.hpp"

namespace tinyscope {

struct UartStep {
  enum class Kind { kSend, kExpectText, kExpectLine, kDelay, kBaud, kDtr, kStop };
  Kind kind = Kind::kSend;
  std::string text;         // bytes to send, or what to expect as written
  std::regex line;          // kExpectLine
  Duration time{};          // kDelay; else how long the step may wait (0: for ever)
  std::uint32_t value = 0;  // kBaud, kDtr
  std::string where;        // "file:line"
};

// Throws InputError with file:line.
std::vector<UartStep> read_uart_script(const std::filesystem::path& file);

// Plays a script.
class UartScript {
 public:
  struct Outcome {
    bool passed = true;
    std::string text;  // what stopped the script, and where
  };

  // `receiver` says where bytes to the firmware go; asked for each.
  UartScript(Scheduler& scheduler, std::function<UartPort&()> receiver,
             std::vector<UartStep> steps);

  // For `baud` and `dtr`; null: a script with these steps fails.
  void set_serial(usb::SerialPort* serial) { serial_ = serial; }

  // `ended` is called once: at a stop, when an expectation fails, or behind the last step.
  void start(std::function<void(Outcome)> ended);
  // What firmware prints, byte by byte.
  void received(char byte);

  // The last step was a stop that was reached, as opposed to the end of the file.
  bool stopped() const { return stopped_; }
  // Something that the script expects has not been printed yet.
  bool expects_more() const;
  // "file:line: expected ..." and the last lines received, for the step at hand.
  std::string describe_wait() const;

 private:
  void begin_step();
  void finish_step();
  void match();
  bool match_text(const std::string& text);
  bool match_line(const std::regex& line);
  void time_over();
  void end(Outcome outcome);
  bool set_line(const UartStep& step);

  std::function<UartPort&()> receiver_;
  usb::SerialPort* serial_ = nullptr;
  std::vector<UartStep> steps_;
  std::size_t step_ = 0;
  bool running_ = false;
  bool stopped_ = false;
  std::string unmatched_;      // printed behind the last match
  std::size_t looked_at_ = 0;  // how much of it cannot be the beginning of a match
  std::string recent_;         // the last bytes printed, for messages
  std::function<void(Outcome)> ended_;
  Event step_event_;  // a delay, or the end of a wait
  UartSender sender_;
};

}  // namespace tinyscope

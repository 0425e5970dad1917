// Ways between the simulated board's console and the computer that simulates: a pseudo terminal, a
// TCP connection, standard input. What comes in that way comes when it comes, so it is the one
// thing that may differ between two runs; the report says so.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "sim/ports.hpp"
#include "sim/run_notes.hpp"
#include "sim/scheduler.hpp"

namespace tinyscope {

class SerialLink {
 public:
  // `receiver` says where incoming bytes go; asked for each.
  SerialLink(Scheduler& scheduler, std::function<UartPort&()> receiver);
  ~SerialLink();
  SerialLink(const SerialLink&) = delete;
  SerialLink& operator=(const SerialLink&) = delete;

  // Opens a pseudo terminal and returns the path at which a terminal program finds it.
  std::string open_terminal();
  // Listens on that port of this computer; 0: any that is free. Returns the port.
  std::uint16_t listen(std::uint16_t port);
  // Waits until somebody has connected. False: interrupted by a signal.
  bool wait_for_connection();
  void read_standard_input();

  // From power-on on: carries bytes, and looks for new ones each millisecond of simulated time.
  void start();
  // A byte that firmware has printed.
  void print(char byte);

  // "bytes from TOPIC come when they come".
  static void state_assumption(RunNotes& notes, const std::string& from, const std::string& option);

 private:
  void pump();
  void deliver();
  void fetch();
  void flush();
  [[noreturn]] void fail(const std::string& what) const;

  std::function<UartPort&()> receiver_;
  int in_ = -1;
  int out_ = -1;
  int slave_ = -1;  // kept open, so that the terminal outlives its programs
  int listening_ = -1;
  bool socket_ = false;
  bool owns_in_ = false;
  bool dropped_ = false;
  std::deque<std::uint8_t> incoming_;
  std::string outgoing_;
  Event event_;
};

}  // namespace tinyscope

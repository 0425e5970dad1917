// The far end of the board's console: collects what firmware prints on all of its ports, and waits
// for texts. Which port a text came by makes no difference; what is sent goes back the same way.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "sim/ports.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

class UartConsole {
 public:
  // Bytes of `port` go to `output` as they come; null: nowhere.
  void listen(UartPort& port, std::ostream* output);
  bool empty() const { return ports_.empty(); }

  // Where bytes to the firmware go: to the port that printed last, or before that to the first that
  // is switched on. A port that is switched off again is passed over while another is on.
  UartPort& receiver() const;

  // Calls `action` once when `text` has been printed.
  using WaiterId = std::uint64_t;
  WaiterId when_printed(std::string text, std::function<void()> action);
  // Not to be called by such an action.
  void forget(WaiterId waiter);
  // Calls `action` once when that many bytes have been printed.
  void when_bytes(std::uint64_t count, std::function<void()> action) {
    bytes_wanted_ = count;
    bytes_action_ = std::move(action);
  }
  // Calls `listener` with each byte that is printed.
  void on_byte(std::function<void(char)> listener) { listener_ = std::move(listener); }
  // Calls `tap` with each byte that `port` prints.
  void on_byte_of(const UartPort& port, std::function<void(char)> tap);

  // What is printed beside the ports, by semihosting: waited for and heard like the rest.
  void printed_elsewhere(char byte) { heard(byte); }

  // Which port printed last, and how much was printed.
  void snapshot(StateArchive& archive) { archive(last_, printed_, bytes_); }

  std::uint64_t byte_count() const { return bytes_; }
  // Whether the last byte that went to `output` was not the end of a line.
  bool in_line(const std::ostream& output) const;

 private:
  struct Source {
    UartPort* port;
    std::ostream* output;
    std::function<void(char)> tap;
    char last = '\n';
  };
  struct Waiter {
    WaiterId id;
    std::string text;
    std::size_t matched = 0;
    std::function<void()> action;
    bool feed(char byte);
  };

  void received(std::size_t source, std::uint8_t byte);
  void heard(char byte);

  std::vector<Source> ports_;
  std::size_t last_ = 0;
  bool printed_ = false;
  std::uint64_t bytes_ = 0;
  std::uint64_t bytes_wanted_ = 0;
  std::function<void()> bytes_action_;
  std::vector<Waiter> waiters_;
  WaiterId last_waiter_ = 0;
  std::function<void(char)> listener_;
};

}  // namespace tinyscope

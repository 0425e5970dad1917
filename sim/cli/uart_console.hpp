// The far end of the board's console UART: collects what firmware prints and waits for texts.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "sim/ports.hpp"

namespace tinyscope {

class UartConsole {
 public:
  // Bytes go to `output` as they come; null: nowhere.
  UartConsole(UartPort& port, std::ostream* output);

  // Calls `action` once when `text` has been printed.
  void when_printed(std::string text, std::function<void()> action);
  // Calls `action` once when that many bytes have been printed.
  void when_bytes(std::uint64_t count, std::function<void()> action) {
    bytes_wanted_ = count;
    bytes_action_ = std::move(action);
  }
  // Calls `listener` with each byte that is printed.
  void on_byte(std::function<void(char)> listener) { listener_ = std::move(listener); }

  std::uint64_t byte_count() const { return bytes_; }
  // The last bytes printed, a few thousand at most.
  const std::string& tail() const { return tail_; }

 private:
  struct Waiter {
    std::string text;
    std::size_t matched = 0;
    std::function<void()> action;
    bool feed(char byte);
  };

  void received(std::uint8_t byte);

  std::ostream* output_;
  std::uint64_t bytes_ = 0;
  std::uint64_t bytes_wanted_ = 0;
  std::function<void()> bytes_action_;
  std::string tail_;
  std::vector<Waiter> waiters_;
  std::function<void(char)> listener_;
};

}  // namespace tinyscope

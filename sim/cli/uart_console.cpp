#include "sim/cli/uart_console.hpp"

#include <utility>

namespace tinyscope {
namespace {

constexpr std::size_t kTailBytes = 4096;
}  // namespace

// Knuth-Morris-Pratt in small: on a mismatch the longest matching beginning is found anew.
bool UartConsole::Waiter::feed(char byte) {
  std::string seen = text.substr(0, matched) + byte;
  while (!seen.empty() && !text.starts_with(seen)) seen.erase(0, 1);
  matched = seen.size();
  if (matched < text.size()) return false;
  matched = 0;
  return true;
}

UartConsole::UartConsole(UartPort& port, std::ostream* output) : output_(output) {
  port.on_transmit([this](std::uint8_t byte, TimePoint) { received(byte); });
}

void UartConsole::when_printed(std::string text, std::function<void()> action) {
  waiters_.push_back({std::move(text), 0, std::move(action)});
}

void UartConsole::received(std::uint8_t byte) {
  ++bytes_;
  const char character = static_cast<char>(byte);
  if (output_ != nullptr) {
    output_->put(character);
    if (character == '\n') output_->flush();
  }
  tail_ += character;
  if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  if (bytes_action_ && bytes_ >= bytes_wanted_) std::exchange(bytes_action_, nullptr)();
  for (Waiter& waiter : waiters_) {
    if (waiter.action && waiter.feed(character)) std::exchange(waiter.action, nullptr)();
  }
  if (listener_) listener_(character);
}

}  // namespace tinyscope

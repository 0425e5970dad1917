#include "sim/cli/uart_console.hpp"

#include <utility>

#include "sim/error.hpp"

namespace tinyscope {

// Knuth-Morris-Pratt in small: on a mismatch the longest matching beginning is found anew.
bool UartConsole::Waiter::feed(char byte) {
  std::string seen = text.substr(0, matched) + byte;
  while (!seen.empty() && !text.starts_with(seen)) seen.erase(0, 1);
  matched = seen.size();
  if (matched < text.size()) return false;
  matched = 0;
  return true;
}

void UartConsole::listen(UartPort& port, std::ostream* output) {
  const std::size_t source = ports_.size();
  ports_.push_back({&port, output, {}});
  port.on_transmit([this, source](std::uint8_t byte, TimePoint) { received(source, byte); });
}

UartPort& UartConsole::receiver() const {
  TINYSCOPE_ASSERT(!ports_.empty());
  const auto on = [](const Source& source) { return source.port->frame_time.ps != 0; };
  if (printed_ && on(ports_[last_])) return *ports_[last_].port;
  for (const Source& source : ports_) {
    if (on(source)) return *source.port;
  }
  return *ports_[last_].port;
}

UartConsole::WaiterId UartConsole::when_printed(std::string text, std::function<void()> action) {
  waiters_.push_back({++last_waiter_, std::move(text), 0, std::move(action)});
  return last_waiter_;
}

void UartConsole::forget(WaiterId waiter) {
  std::erase_if(waiters_, [waiter](const Waiter& each) { return each.id == waiter; });
}

void UartConsole::on_byte_of(const UartPort& port, std::function<void(char)> tap) {
  for (Source& source : ports_) {
    if (source.port == &port) source.tap = tap;
  }
}

bool UartConsole::in_line(const std::ostream& output) const {
  for (const Source& source : ports_) {
    if (source.output == &output && source.last != '\n') return true;
  }
  return false;
}

void UartConsole::received(std::size_t index, std::uint8_t byte) {
  last_ = index;
  printed_ = true;
  const char character = static_cast<char>(byte);
  Source& source = ports_[index];
  if (source.output != nullptr) {
    source.output->put(character);
    if (character == '\n') source.output->flush();
    for (Source& each : ports_) {
      if (each.output == source.output) each.last = character;
    }
  }
  if (source.tap) source.tap(character);
  heard(character);
}

void UartConsole::heard(char character) {
  ++bytes_;
  if (bytes_action_ && bytes_ >= bytes_wanted_) std::exchange(bytes_action_, nullptr)();
  for (Waiter& waiter : waiters_) {
    if (waiter.action && waiter.feed(character)) std::exchange(waiter.action, nullptr)();
  }
  if (listener_) listener_(character);
}

}  // namespace tinyscope

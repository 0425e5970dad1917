#include "sim/cli/uart_console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "sim/cli/text_values.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kTailBytes = 4096;
// How often a script that has something to send looks whether the receiver is switched on.
constexpr Duration kReceiverPoll = Duration::from_ms(1);

UartStep parse_step(const std::string& line, const std::string& where) {
  const std::size_t space = line.find(' ');
  const std::string verb = line.substr(0, space);
  const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
  UartStep step;
  step.where = where;
  if (verb == "send" && space != std::string::npos) {
    step.kind = UartStep::Kind::kSend;
    step.text = unescape(rest);
  } else if (verb == "delay") {
    step.kind = UartStep::Kind::kDelay;
    step.delay = parse_duration(rest, where);
  } else if ((verb == "wait" || verb.starts_with("wait[")) && !rest.empty()) {
    step.kind = UartStep::Kind::kWait;
    step.text = unescape(rest);
    if (verb != "wait") {
      if (!verb.ends_with(']')) throw InputError(fmt::format("{}: '{}' lacks a ]", where, verb));
      step.delay = parse_duration(verb.substr(5, verb.size() - 6), where);
    }
  } else {
    throw InputError(
        fmt::format("{}: '{}' is not a step; expected send TEXT, wait TEXT, "
                    "wait[TIME] TEXT or delay TIME",
                    where, line));
  }
  return step;
}

}  // namespace

std::vector<UartStep> read_uart_script(const std::filesystem::path& file) {
  std::ifstream input(file);
  if (!input || std::filesystem::is_directory(file)) {
    throw InputError(fmt::format("{}: cannot read the UART script", file.string()));
  }
  std::vector<UartStep> steps;
  std::string line;
  for (int number = 1; std::getline(input, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    steps.push_back(parse_step(line, fmt::format("{}:{}", file.string(), number)));
  }
  return steps;
}

// Knuth-Morris-Pratt in small: on a mismatch the longest matching beginning is found anew.
bool UartConsole::Waiter::feed(char byte) {
  std::string seen = text.substr(0, matched) + byte;
  while (!seen.empty() && !text.starts_with(seen)) seen.erase(0, 1);
  matched = seen.size();
  if (matched < text.size()) return false;
  matched = 0;
  return true;
}

UartConsole::UartConsole(Scheduler& scheduler, UartPort& port, std::ostream* output)
    : port_(port),
      output_(output),
      step_event_(scheduler, [this] { wait_expired(); }),
      send_event_(scheduler, [this] { send_byte(); }) {
  port_.on_transmit([this](std::uint8_t byte, TimePoint) { received(byte); });
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
  if (script_wait_ && script_wait_->feed(character)) {
    script_wait_.reset();
    step_event_.cancel();
    next_step();
  }
}

void UartConsole::play(std::vector<UartStep> script, std::function<void(std::string)> failed) {
  script_ = std::move(script);
  failed_ = std::move(failed);
  step_ = 0;
  if (script_.empty()) return;
  --step_;  // next_step() moves to step 0
  next_step();
}

void UartConsole::next_step() {
  ++step_;
  if (step_ >= script_.size()) return;
  const UartStep& step = script_[step_];
  switch (step.kind) {
    case UartStep::Kind::kSend:
      to_send_.assign(step.text.begin(), step.text.end());
      send_byte();
      return;
    case UartStep::Kind::kWait:
      script_wait_ = Waiter{step.text, 0, nullptr};
      if (step.delay.ps != 0) step_event_.after(step.delay);
      return;
    case UartStep::Kind::kDelay: step_event_.after(step.delay); return;
  }
}

void UartConsole::send_byte() {
  if (to_send_.empty()) {
    next_step();
    return;
  }
  if (port_.frame_time.ps == 0) {
    send_event_.after(kReceiverPoll);
    return;
  }
  port_.receive(to_send_.front());
  to_send_.pop_front();
  send_event_.after(port_.frame_time);
}

void UartConsole::wait_expired() {
  const UartStep& step = script_[step_];
  if (step.kind == UartStep::Kind::kDelay) {
    next_step();
    return;
  }
  failed_(fmt::format("{}: '{}' was not printed in time", step.where, step.text));
}

}  // namespace tinyscope

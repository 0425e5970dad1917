#include "sim/cli/uart_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tinyscope {
namespace {

// Of a flood that nothing in the script waits for, so much is remembered.
constexpr std::size_t kUnmatchedBytes = 64 * 1024;
constexpr std::size_t kRecentBytes = 2048;
constexpr std::size_t kRecentLines = 5;

std::string printable(std::string_view text) {
  std::string result;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '\r') {
      result += "\\r";
    } else if (character == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte >= 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += character;
    }
  }
  return result;
}

std::string_view without_line_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  while (line.starts_with('\r')) line.remove_prefix(1);
  return line;
}

std::string last_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < kRecentLines) {
    const std::size_t end = text.size() - 1;  // a line end belongs to the line before it
    const std::size_t start = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    const std::size_t first = start == std::string_view::npos ? 0 : start + 1;
    const std::string_view line = without_line_end(text.substr(first));
    if (!line.empty()) lines.push_back(printable(line));
    text = text.substr(0, first);
  }
  std::string result;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) result += "\n  " + *line;
  return result;
}

bool is_expectation(const UartStep& step) {
  return step.kind == UartStep::Kind::kExpectText || step.kind == UartStep::Kind::kExpectLine;
}

}  // namespace

UartScript::UartScript(Scheduler& scheduler, std::function<UartPort&()> receiver,
                       std::vector<UartStep> steps)
    : receiver_(std::move(receiver)),
      steps_(std::move(steps)),
      step_event_(scheduler, [this] { time_over(); }),
      sender_(scheduler, receiver_) {
  sender_.on_sent([this] { finish_step(); });
}

void UartScript::start(std::function<void(Outcome)> ended) {
  ended_ = std::move(ended);
  running_ = true;
  begin_step();
}

bool UartScript::expects_more() const {
  return running_ && std::any_of(steps_.begin() + static_cast<std::ptrdiff_t>(step_), steps_.end(),
                                 is_expectation);
}

std::string UartScript::describe_wait() const {
  const UartStep& step = steps_[step_];
  std::string text = step.where + ": ";
  if (is_expectation(step)) {
    text += step.kind == UartStep::Kind::kExpectLine
                ? fmt::format("expected {}", step.text)
                : fmt::format("expected \"{}\"", printable(step.text));
  } else if (step.kind == UartStep::Kind::kSend) {
    text +=
        fmt::format("sent {} of {} bytes{}", step.text.size() - sender_.waiting(), step.text.size(),
                    receiver_().frame_time.ps == 0 ? ", the chip's receiver is switched off" : "");
  } else {
    text += "a delay";
  }
  return text;
}

void UartScript::begin_step() {
  // A text that is already there ends an expectation at once, so several steps may end here.
  while (running_) {
    if (step_ == steps_.size()) {
      end({true, "the UART script has ended"});
      return;
    }
    const UartStep& step = steps_[step_];
    switch (step.kind) {
      case UartStep::Kind::kSend:
        if (step.text.empty()) {
          ++step_;
          break;
        }
        if (step.time.ps != 0) step_event_.after(step.time);
        sender_.send(step.text);
        return;
      case UartStep::Kind::kDelay: step_event_.after(step.time); return;
      case UartStep::Kind::kBaud:
      case UartStep::Kind::kDtr:
        if (!set_line(step)) return;
        ++step_;
        break;
      case UartStep::Kind::kStop:
        stopped_ = true;
        end({true, step.where + ": stop"});
        return;
      case UartStep::Kind::kExpectText:
      case UartStep::Kind::kExpectLine:
        looked_at_ = 0;
        if (step.kind == UartStep::Kind::kExpectText ? match_text(step.text)
                                                     : match_line(step.line)) {
          ++step_;
          break;
        }
        if (step.time.ps != 0) step_event_.after(step.time);
        return;
    }
  }
}

// False: the script has ended.
bool UartScript::set_line(const UartStep& step) {
  if (serial_ == nullptr) {
    end({false, step.where + ": this board has no USB serial port"});
    return false;
  }
  if (step.kind == UartStep::Kind::kBaud) {
    serial_->set_baud(step.value);
  } else {
    serial_->set_dtr(step.value != 0);
  }
  return true;
}

void UartScript::finish_step() {
  step_event_.cancel();
  ++step_;
  begin_step();
}

void UartScript::end(Outcome outcome) {
  running_ = false;
  step_event_.cancel();
  sender_.cancel();
  ended_(std::move(outcome));
}

void UartScript::received(char byte) {
  recent_ += byte;
  if (recent_.size() > 2 * kRecentBytes) recent_.erase(0, recent_.size() - kRecentBytes);
  if (!running_) return;
  unmatched_ += byte;
  if (unmatched_.size() > 2 * kUnmatchedBytes) {
    const std::size_t surplus = unmatched_.size() - kUnmatchedBytes;
    unmatched_.erase(0, surplus);
    looked_at_ -= std::min(looked_at_, surplus);
  }
  match();
}

void UartScript::match() {
  const UartStep& step = steps_[step_];
  const bool matched = (step.kind == UartStep::Kind::kExpectText && match_text(step.text)) ||
                       (step.kind == UartStep::Kind::kExpectLine && match_line(step.line));
  if (matched) finish_step();
}

bool UartScript::match_text(const std::string& text) {
  const std::size_t found = unmatched_.find(text, looked_at_);
  if (found != std::string::npos) {
    unmatched_.erase(0, found + text.size());
    return true;
  }
  if (unmatched_.size() >= text.size()) looked_at_ = unmatched_.size() - text.size() + 1;
  return false;
}

bool UartScript::match_line(const std::regex& line) {
  for (;;) {
    const std::size_t end = unmatched_.find('\n', looked_at_);
    if (end == std::string::npos) return false;
    const std::size_t start = looked_at_;
    looked_at_ = end + 1;
    const std::string content(
        without_line_end(std::string_view(unmatched_).substr(start, looked_at_ - start)));
    if (std::regex_search(content, line)) {
      unmatched_.erase(0, looked_at_);
      return true;
    }
  }
}

void UartScript::time_over() {
  const UartStep& step = steps_[step_];
  if (step.kind == UartStep::Kind::kDelay) {
    finish_step();
    return;
  }
  const std::string received = last_lines(recent_);
  end({false, fmt::format("{} within {} s; {}{}", describe_wait(), step.time.seconds(),
                          received.empty() ? "nothing was received" : "the last lines received:",
                          received)});
}

}  // namespace tinyscope

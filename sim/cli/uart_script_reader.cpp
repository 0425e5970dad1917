// Reads UART scripts; uart_script.hpp says what may stand in one.
#include <fmt/format.h>

#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include "sim/cli/text_values.hpp"
#include "sim/cli/uart_script.hpp"
#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "text" in quotes, or bare text to the end of the line.
std::string parse_text(std::string_view rest, const std::string& where) {
  if (!rest.starts_with('"')) return unescape(rest);
  std::size_t end = 1;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  if (end + 1 != rest.size()) {
    throw InputError(fmt::format(
        "{}: {} does not end with its quote; write quotes inside the text as \\\"", where, rest));
  }
  return unescape(rest.substr(1, end - 1));
}

std::string parse_hex(std::string_view rest, const std::string& where) {
  std::string bytes;
  std::string digits;
  for (const char character : rest) {
    if (character == ' ' || character == '\t') continue;
    if (std::isxdigit(static_cast<unsigned char>(character)) == 0) {
      throw InputError(
          fmt::format("{}: '{}' is not a hexadecimal digit; expected bytes such as 00 7f ff", where,
                      character));
    }
    digits += character;
    if (digits.size() == 2) {
      bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
      digits.clear();
    }
  }
  if (!digits.empty()) {
    throw InputError(fmt::format("{}: a byte takes two hexadecimal digits", where));
  }
  return bytes;
}

std::string read_bytes(const std::filesystem::path& file, const std::string& where) {
  std::ifstream input(file, std::ios::binary);
  if (!input || std::filesystem::is_directory(file)) {
    throw InputError(fmt::format("{}: cannot read the file {}", where, file.string()));
  }
  return {std::istreambuf_iterator<char>(input), {}};
}

void parse_expectation(UartStep& step, std::string_view rest) {
  step.kind = UartStep::Kind::kExpectText;
  if (!rest.starts_with('/')) {
    step.text = parse_text(rest, step.where);
  } else {
    if (rest.size() < 3 || !rest.ends_with('/')) {
      throw InputError(
          fmt::format("{}: {} is not /a regular expression/; put a text that begins with / in "
                      "quotes",
                      step.where, rest));
    }
    step.kind = UartStep::Kind::kExpectLine;
    step.text = rest;
    try {
      step.line = std::regex(std::string(rest.substr(1, rest.size() - 2)));
    } catch (const std::regex_error& error) {
      throw InputError(
          fmt::format("{}: {} is not a regular expression: {}", step.where, rest, error.what()));
    }
  }
  if (step.text.empty()) throw InputError(step.where + ": nothing to expect");
}

class Reader {
 public:
  explicit Reader(std::filesystem::path file) : file_(std::move(file)) {}

  std::vector<UartStep> read() {
    std::ifstream input(file_);
    if (!input || std::filesystem::is_directory(file_)) {
      throw InputError(fmt::format("{}: cannot read the UART script", file_.string()));
    }
    std::string line;
    for (int number = 1; std::getline(input, line); ++number) {
      if (line.ends_with('\r')) line.pop_back();
      const std::string_view text = trim(line);
      if (text.empty() || text.starts_with('#')) continue;
      parse_line(text, fmt::format("{}:{}", file_.string(), number));
    }
    return std::move(steps_);
  }

 private:
  void parse_line(std::string_view line, const std::string& where) {
    if (!steps_.empty() && steps_.back().kind == UartStep::Kind::kStop) {
      throw InputError(where + ": this step is behind a stop and would never be reached");
    }
    const std::size_t space = line.find_first_of(" \t");
    const std::string_view verb = line.substr(0, space);
    const std::string_view rest =
        space == std::string_view::npos ? std::string_view{} : trim(line.substr(space));
    const std::size_t bracket = verb.find('[');
    const std::string_view name = verb.substr(0, bracket);
    UartStep step;
    step.where = where;
    step.time = timeout_;
    const bool expectation = name == "expect" || name == "wait";
    if (bracket != std::string_view::npos) {
      if (!expectation || !verb.ends_with(']')) throw unknown(line, where);
      step.time = parse_duration(verb.substr(bracket + 1, verb.size() - bracket - 2), where);
    }
    if (name == "stop" ? !rest.empty() : rest.empty()) throw unknown(line, where);
    if (name == "send") {
      step.text = parse_text(rest, where);
    } else if (name == "send_hex") {
      step.text = parse_hex(rest, where);
    } else if (name == "send_file") {
      step.text = read_bytes(file_.parent_path() / parse_text(rest, where), where);
    } else if (expectation) {
      parse_expectation(step, rest);
    } else if (name == "timeout") {
      timeout_ = parse_duration(rest, where);
      return;
    } else if (name == "delay") {
      step.kind = UartStep::Kind::kDelay;
      step.time = parse_duration(rest, where);
    } else if (name == "baud") {
      step.kind = UartStep::Kind::kBaud;
      const std::uint64_t baud = parse_unsigned(rest, where);
      if (baud == 0 || baud > 0xFFFFFFFFu) throw unknown(line, where);
      step.value = static_cast<std::uint32_t>(baud);
    } else if (name == "dtr" && (rest == "on" || rest == "off")) {
      step.kind = UartStep::Kind::kDtr;
      step.value = rest == "on" ? 1 : 0;
    } else if (name == "stop") {
      step.kind = UartStep::Kind::kStop;
    } else {
      throw unknown(line, where);
    }
    steps_.push_back(std::move(step));
  }

  static InputError unknown(std::string_view line, const std::string& where) {
    return InputError(
        fmt::format("{}: '{}' is not a step; expected send TEXT, send_hex BYTES, send_file FILE, "
                    "expect TEXT, expect /REGEX/, expect[TIME] ..., timeout TIME, delay TIME, "
                    "baud N, dtr on, dtr off or stop",
                    where, line));
  }

  std::filesystem::path file_;
  std::vector<UartStep> steps_;
  Duration timeout_{};
};

}  // namespace

std::vector<UartStep> read_uart_script(const std::filesystem::path& file) {
  return Reader(file).read();
}

}  // namespace tinyscope

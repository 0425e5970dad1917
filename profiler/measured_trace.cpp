#include "profiler/measured_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr unsigned char kEnergyRunnerMark = 0xF1;
constexpr std::size_t kFewestSamples = 10;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '"'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::optional<double> number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

// One line at a time.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  bool next(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line = trimmed(text_.substr(at_, end - at_));
    at_ = end + 1;
    ++number_;
    return true;
  }
  std::size_t number() const { return number_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
};

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> cells;
  while (true) {
    const std::size_t end = line.find(separator);
    cells.push_back(trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

struct Column {
  int index = -1;
  double scale = 1;  // to seconds, milliamperes, volts, milliwatts
};

struct Header {
  char separator = ',';
  std::string layout;
  Column time, current, voltage, power;
};

// "Current (uA)" or "current [A]": the unit in brackets, lower case; empty if there is none.
std::string unit_of(std::string_view name) {
  const std::size_t open = name.find_first_of("([");
  const std::size_t close = name.find_last_of(")]");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return "";
  std::string unit = lower(trimmed(name.substr(open + 1, close - open - 1)));
  const std::size_t micro = unit.find("µ");
  if (micro != std::string::npos) unit.replace(micro, std::string_view("µ").size(), "u");
  return unit;
}

std::optional<double> scale_of(std::string_view unit, std::string_view base, double of_base) {
  if (unit.empty() || unit == base) return of_base;
  if (unit.size() != base.size() + 1 || !unit.ends_with(base)) return std::nullopt;
  switch (unit.front()) {
    case 'm': return of_base * 1e-3;
    case 'u': return of_base * 1e-6;
    case 'n': return of_base * 1e-9;
    default: return std::nullopt;
  }
}

std::optional<Header> read_header(std::string_view line) {
  Header header;
  if (line.find(';') != std::string_view::npos) header.separator = ';';
  if (line.find('\t') != std::string_view::npos) header.separator = '\t';
  const auto cells = split(line, header.separator);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string name = lower(cells[i]);
    while (name.starts_with('#')) name.erase(0, 1);
    const std::string unit = unit_of(name);
    const auto take = [&](Column& column, std::string_view base, double of_base) {
      const auto scale = scale_of(unit, base, of_base);
      if (column.index < 0 && scale) column = {static_cast<int>(i), *scale};
    };
    if (name.find("time") != std::string::npos) {
      take(header.time, "s", 1);
    } else if (name.find("current") != std::string::npos) {
      take(header.current, "a", 1e3);
    } else if (name.find("voltage") != std::string::npos) {
      take(header.voltage, "v", 1);
    } else if (name.find("power") != std::string::npos) {
      take(header.power, "w", 1e3);
    }
  }
  if (header.current.index < 0 && header.power.index < 0) return std::nullopt;
  const std::string all = lower(line);
  header.layout = all.starts_with("timestamp(ms),current(ua)")            ? "PPK2"
                  : all.find("rx timestamp") != std::string::npos         ? "LPM01A"
                  : all.find("time,current,voltage") != std::string::npos ? "Joulescope"
                                                                          : "CSV";
  return header;
}

class Parser {
 public:
  Parser(std::string_view content, const std::string& name, std::optional<double> volts,
         std::optional<double> rate)
      : content_(content), name_(name), volts_(volts), rate_(rate) {}

  MeasuredTrace parse() {
    if (content_.empty()) fail("is empty; expected a power trace");
    if (static_cast<unsigned char>(content_.front()) == kEnergyRunnerMark) {
      energy_runner();
    } else {
      text();
    }
    if (trace_.milliwatts.size() < kFewestSamples) {
      fail(fmt::format("holds {} samples; expected {} at least", trace_.milliwatts.size(),
                       kFewestSamples));
    }
    return std::move(trace_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("--trace {}: {}", name_, what));
  }
  [[noreturn]] void fail_at(std::size_t line, const std::string& what) const {
    throw InputError(fmt::format("--trace {}:{}: {}", name_, line, what));
  }

  float float_at(std::size_t at) const {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      bits |= std::uint32_t{static_cast<unsigned char>(content_[at + i])} << (8 * i);
    }
    return std::bit_cast<float>(bits);
  }

  void energy_runner() {
    trace_.layout = "EnergyRunner";
    if (content_.size() < 9 || (content_.size() - 5) % 4 != 0) {
      fail(
          fmt::format("{} bytes; expected one byte 0xF1, the sample rate and samples of four bytes "
                      "each",
                      content_.size()));
    }
    const double rate = static_cast<double>(float_at(1));
    if (!(rate > 0 && rate < 1e9)) fail("the sample rate is no number of Hz above 0");
    trace_.step_seconds = 1 / rate;
    for (std::size_t at = 5; at < content_.size(); at += 4) {
      const double value = static_cast<double>(float_at(at));
      if (!std::isfinite(value)) fail(fmt::format("sample {} is no number", (at - 5) / 4));
      trace_.milliwatts.push_back(value);
    }
  }

  double to_milliwatts(double milliamps, std::optional<double> volts) const {
    if (!volts) fail("holds currents and no voltage; give it with --supply");
    return milliamps * *volts;
  }

  void text() {
    Lines lines(content_);
    std::string_view line;
    while (lines.next(line)) {
      if (line.empty()) continue;
      if (const auto header = read_header(line)) return table(*header, lines);
      if (instrument_line(line)) return instrument(line, lines);
      if (lines.number() > 50) break;
    }
    fail(
        "no header was recognised: expected a column of current or power with its unit, such as "
        "\"Timestamp(ms),Current(uA)\" (PPK2) or \"time,current,voltage,power\" (Joulescope), or "
        "an "
        "EnergyRunner .bin");
  }

  // "6409-07"
  static bool instrument_line(std::string_view line) {
    const std::size_t sign = line.find_first_of("+-", 1);
    if (sign == std::string_view::npos || sign + 3 != line.size()) return false;
    return number(line.substr(0, sign)).has_value() && number(line.substr(sign + 1)).has_value();
  }

  void instrument(std::string_view line, Lines& lines) {
    trace_.layout = "LPM01A text";
    if (!rate_) fail("samples without times; give the instrument's rate with --trace-rate");
    trace_.step_seconds = 1 / *rate_;
    do {
      if (!instrument_line(line)) continue;  // "TimeStamp: …" and answers to commands
      const std::size_t sign = line.find_first_of("+-", 1);
      const double mantissa = *number(line.substr(0, sign));
      const double exponent = *number(line.substr(sign));
      trace_.milliwatts.push_back(to_milliwatts(mantissa * std::pow(10, exponent) * 1e3, volts_));
    } while (lines.next(line));
  }

  void table(const Header& header, Lines& lines) {
    trace_.layout = header.layout;
    std::vector<double> times;
    double sum_of_volts = 0;
    std::string_view line;
    while (lines.next(line)) {
      if (line.empty() || line.starts_with('#')) continue;
      const auto cells = split(line, header.separator);
      const auto cell = [&](const Column& column, std::string_view what) {
        const auto index = static_cast<std::size_t>(column.index);
        const auto value = index < cells.size() ? number(cells[index]) : std::nullopt;
        if (!value) {
          fail_at(lines.number(),
                  fmt::format("expected a number for {} in column {}, found '{}'", what, index + 1,
                              index < cells.size() ? cells[index] : ""));
        }
        return *value * column.scale;
      };
      if (header.time.index >= 0) {
        times.push_back(cell(header.time, "time"));
        if (times.size() > 1 && times.back() < times[times.size() - 2]) {
          fail_at(lines.number(), "time runs backwards");
        }
      }
      std::optional<double> volts = volts_;
      if (header.voltage.index >= 0) {
        volts = cell(header.voltage, "voltage");
        sum_of_volts += *volts;
      }
      if (header.power.index >= 0) {
        trace_.milliwatts.push_back(cell(header.power, "power"));
      } else {
        trace_.milliwatts.push_back(to_milliwatts(cell(header.current, "current"), volts));
      }
    }
    if (!trace_.milliwatts.empty()) {
      trace_.volts = sum_of_volts / static_cast<double>(trace_.milliwatts.size());
    }
    set_step(times);
  }

  // Instruments sample evenly, but their files round times, or give some lines the same.
  void set_step(const std::vector<double>& times) {
    if (rate_) {
      trace_.step_seconds = 1 / *rate_;
    } else if (times.size() >= 2 && times.back() > times.front()) {
      trace_.step_seconds = (times.back() - times.front()) / static_cast<double>(times.size() - 1);
    } else if (times.size() >= kFewestSamples || times.empty()) {
      fail("holds no times that run; give the rate of samples with --trace-rate");
    }
    for (std::size_t i = 1; i < times.size() && !rate_; ++i) {
      if (times[i] - times[i - 1] > 100 * trace_.step_seconds + 0.01) {
        fail(
            fmt::format("samples are missing: {:.6g} s between two of them, {:.3g} s on average; "
                        "export a stretch without gaps",
                        times[i] - times[i - 1], trace_.step_seconds));
      }
    }
  }

  std::string_view content_;
  const std::string& name_;
  std::optional<double> volts_;
  std::optional<double> rate_;
  MeasuredTrace trace_;
};

}  // namespace

MeasuredTrace parse_power_trace(std::string_view content, const std::string& name,
                                std::optional<double> supply_volts, std::optional<double> rate_hz) {
  return Parser(content, name, supply_volts, rate_hz).parse();
}

MeasuredTrace read_power_trace(const std::filesystem::path& file,
                               std::optional<double> supply_volts, std::optional<double> rate_hz) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(fmt::format("--trace {}: cannot read this file", file.string()));
  const std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse_power_trace(content, file.string(), supply_volts, rate_hz);
}

}  // namespace tinyscope

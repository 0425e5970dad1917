#include "peripherals/stimulus/csv_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kMaxRows = 20'000'000;
constexpr std::size_t kMaxColumns = 256;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Cells are numbers and short names: quotes only surround them.
std::string_view unquote(std::string_view cell) {
  cell = trim(cell);
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
    cell = trim(cell.substr(1, cell.size() - 2));
  }
  return cell;
}

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> cells;
  for (std::size_t begin = 0;;) {
    const std::size_t end = line.find(separator, begin);
    cells.push_back(unquote(line.substr(begin, end - begin)));
    if (end == std::string_view::npos) return cells;
    begin = end + 1;
  }
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

class Reader {
 public:
  explicit Reader(const std::string& file) { table_.file = file; }

  CsvTable read() {
    std::ifstream input(table_.file, std::ios::binary);
    if (!input || std::filesystem::is_directory(table_.file)) {
      throw InputError(fmt::format(
          "{}: cannot be read; expected a CSV file with a line of column names and rows of numbers",
          table_.file));
    }
    std::string line;
    while (std::getline(input, line)) {
      ++line_;
      if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      const std::string_view text = trim(line);
      if (text.empty()) continue;
      if (text.starts_with('#')) {
        read_comment(trim(text.substr(1)));
      } else if (table_.header_line == 0) {
        read_names(text);
      } else {
        read_row(line);
      }
    }
    if (table_.header_line == 0) {
      throw InputError(fmt::format(
          "{}: is empty; expected a line of column names such as \"time_s,ax_g,ay_g,az_g\"",
          table_.file));
    }
    if (table_.lines.empty()) {
      throw InputError(fmt::format("{}: has no rows below the column names; expected numbers",
                                   table_.header_where()));
    }
    drop_ignored();
    return std::move(table_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw InputError(fmt::format("{}:{}: {}", table_.file, line_, problem));
  }

  void read_comment(std::string_view comment) {
    const std::size_t equals = comment.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view key = trim(comment.substr(0, equals));
    const std::string_view value = trim(comment.substr(equals + 1));
    if (key != "rate_hz" && key != "ignore" && key != "time_origin") return;
    if (!table_.lines.empty()) {
      fail(fmt::format("# {}: comes too late; put it before the first row", key));
    }
    if (key == "rate_hz") {
      table_.rate_hz = parse_number(value);
      if (!table_.rate_hz || !(*table_.rate_hz > 0 && *table_.rate_hz <= 1e6)) {
        fail(fmt::format("# rate_hz: '{}' is no rate; expected more than 0 and at most 1000000 Hz",
                         value));
      }
    } else if (key == "time_origin") {
      if (value != "first_row" && value != "zero") {
        fail(fmt::format("# time_origin: '{}'; expected first_row or zero", value));
      }
      table_.from_first_row = value == "first_row";
    } else {
      for (const std::string_view name : split(value, ',')) table_.ignored.emplace_back(name);
    }
  }

  void read_names(std::string_view text) {
    table_.header_line = line_;
    for (const char separator : {'\t', ';', ','}) {
      if (text.find(separator) != std::string_view::npos) separator_ = separator;
    }
    for (const std::string_view name : split(text, separator_)) {
      const std::size_t number = table_.columns.size() + 1;
      if (name.empty()) fail(fmt::format("column {}: has no name", number));
      if (parse_number(name)) {
        fail(
            fmt::format("column {}: '{}' is a number; expected a line of column names first, such "
                        "as \"time_s,ax_g,ay_g,az_g\"",
                        number, name));
      }
      for (const CsvTable::Column& other : table_.columns) {
        if (other.name == name) fail(fmt::format("column '{}': is there twice", name));
      }
      table_.columns.push_back({std::string(name), {}});
      if (number > kMaxColumns) fail(fmt::format("has more than {} columns", kMaxColumns));
    }
    for (const std::string& name : table_.ignored) find_ignored(name);
  }

  void find_ignored(const std::string& name) {
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      if (table_.columns[i].name != name) continue;
      skipped_.push_back(i);
      return;
    }
    std::vector<std::string> known;
    for (const CsvTable::Column& column : table_.columns) known.push_back(column.name);
    fail(fmt::format("# ignore: there is no column '{}'{}", name, suggest(name, known)));
  }

  bool skipped(std::size_t column) const {
    return std::find(skipped_.begin(), skipped_.end(), column) != skipped_.end();
  }

  void read_row(std::string_view text) {
    if (table_.lines.size() == kMaxRows) fail(fmt::format("has more than {} rows", kMaxRows));
    std::size_t column = 0;
    for (std::size_t begin = 0;; ++column) {
      const std::size_t end = text.find(separator_, begin);
      if (column < table_.columns.size() && !skipped(column)) {
        table_.columns[column].cells.push_back(
            number(unquote(text.substr(begin, end - begin)), table_.columns[column].name));
      }
      if (end == std::string_view::npos) break;
      begin = end + 1;
    }
    if (column + 1 != table_.columns.size()) {
      fail(fmt::format("has {} cells; expected {}, one for each column name", column + 1,
                       table_.columns.size()));
    }
    table_.lines.push_back(line_);
  }

  double number(std::string_view cell, const std::string& column) const {
    const std::optional<double> value = parse_number(cell);
    if (value && std::isfinite(*value)) return *value;
    fail(fmt::format(
        "column '{}': {}; expected a finite number with a decimal point. A column that is no "
        "measurement is skipped by a line \"# ignore = {}\" above the column names",
        column, cell.empty() ? "is empty" : fmt::format("'{}' is no such number", cell), column));
  }

  void drop_ignored() {
    std::vector<CsvTable::Column> kept;
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      if (!skipped(i)) kept.push_back(std::move(table_.columns[i]));
    }
    table_.columns = std::move(kept);
  }

  CsvTable table_;
  std::size_t line_ = 0;
  char separator_ = ',';
  std::vector<std::size_t> skipped_;
};

}  // namespace

CsvTable CsvTable::from_file(const std::string& file) { return Reader(file).read(); }

std::string CsvTable::header_where() const { return fmt::format("{}:{}", file, header_line); }

std::string CsvTable::where(std::size_t row) const {
  return fmt::format("{}:{}", file, lines.at(row));
}

}  // namespace tinyscope

#include "peripherals/stimulus/measurements_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

constexpr double kPicoseconds = 1e12;
constexpr double kLongestSeconds = 1e6;
// A first row later than this is a calendar time rather than a wish to wait that long.
constexpr double kLatestFirstRow = 3600;

}  // namespace

Measurements::Builder::Builder(const Source& source, std::span<const Quantity> quantities,
                               std::span<const std::string_view> actions)
    : source_(source), quantities_(quantities), action_names_(actions) {}

StimulusColumns& Measurements::Builder::columns() {
  return source_.stimulus.columns ? *source_.stimulus.columns : own_columns_;
}

std::string Measurements::Builder::place(const StimulusPiece& from, const std::string& where) {
  return from.where.empty() ? where : from.where + ": " + where;
}

void Measurements::Builder::build(std::vector<Piece>& pieces, std::vector<Acting>& actions) {
  std::vector<std::string> known;
  for (const Quantity& quantity : quantities_) {
    const std::vector<std::string> units = units_like(quantity.unit);
    known.push_back(units.empty() ? std::string(quantity.name)
                                  : fmt::format("{} [{}]", quantity.name,
                                                fmt::join(units.begin(), units.end(), ", ")));
  }
  for (const std::string_view action : action_names_) known.emplace_back(action);
  columns().offer(std::move(known));

  for (const StimulusPiece& from : source_.stimulus.pieces) {
    if (!from.action.empty()) {
      read_action(from, actions);
    } else if (!from.file.empty()) {
      read_file(from, pieces);
    } else {
      read_values(from, pieces);
    }
  }
  const auto by_start = [](const auto& a, const auto& b) {
    return a.time.start() < b.time.start();
  };
  std::stable_sort(pieces.begin(), pieces.end(), by_start);
  std::stable_sort(actions.begin(), actions.end(), by_start);
  if (!source_.stimulus.columns) own_columns_.require_all_taken();
}

std::optional<Measurements::Builder::Match> Measurements::Builder::match(
    const std::string& heading, const std::string& where) const {
  std::optional<std::string> wrong;
  for (std::size_t i = 0; i < quantities_.size(); ++i) {
    const Quantity& quantity = quantities_[i];
    const HeadingMatch found = match_heading(heading, quantity.name, quantity.unit);
    if (found.conversion) return Match{i, *found.conversion};
    if (!found.name_fits || wrong) continue;
    const std::vector<std::string> units = units_like(quantity.unit);
    wrong = fmt::format("{}: column '{}': {}; expected {} in {}, for example {}_{}", where, heading,
                        found.unit.empty()
                            ? std::string("names no unit")
                            : fmt::format("'{}' is no unit of {}", found.unit, quantity.name),
                        quantity.name, units.empty() ? "no unit" : join(units), quantity.name,
                        units.empty() ? "" : units.front());
  }
  if (wrong) throw InputError(*wrong);
  return std::nullopt;
}

std::optional<std::size_t> Measurements::Builder::time_column(const CsvTable& table) const {
  std::optional<std::size_t> time;
  std::string without_unit;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& name = table.columns[i].name;
    const HeadingMatch found = match_heading(name, "time", "s");
    if (found.name_fits && found.unit.empty()) without_unit = name;
    if (!found.conversion) continue;
    if (time) {
      throw InputError(fmt::format(
          "{}: column '{}': is a second column of time beside '{}'; skip one with a line \"# "
          "ignore = {}\"",
          table.header_where(), name, table.columns[*time].name, name));
    }
    time = i;
  }
  if (time && table.rate_hz) {
    throw InputError(fmt::format(
        "{}: column '{}': the file gives its rate (# rate_hz) as well; remove one of the two",
        table.header_where(), table.columns[*time].name));
  }
  const bool constant = table.lines.size() == 1;  // needs no time
  if (!time && !table.rate_hz && !constant) {
    throw InputError(
        without_unit.empty()
            ? fmt::format("{}: has no column of time; expected one such as time_s or time_ms, or a "
                          "line \"# rate_hz = 50\" above the column names",
                          table.header_where())
            : fmt::format("{}: column '{}': names no unit; expected s, ms, us or ns, for example "
                          "{}_ms",
                          table.header_where(), without_unit, without_unit));
  }
  return time;
}

std::vector<std::uint64_t> Measurements::Builder::row_times(const CsvTable& table,
                                                            std::optional<std::size_t> time) const {
  std::vector<std::uint64_t> times;
  times.reserve(table.lines.size());
  if (!time) {
    if (!table.rate_hz) return {0};
    for (std::size_t row = 0; row < table.lines.size(); ++row) {
      times.push_back(static_cast<std::uint64_t>(
          std::llround(static_cast<double>(row) / *table.rate_hz * kPicoseconds)));
    }
    return times;
  }
  const CsvTable::Column& column = table.columns[*time];
  const double scale = match_heading(column.name, "time", "s").conversion->scale;
  const double origin = table.from_first_row ? column.cells.front() : 0;
  const auto fail = [&](std::size_t row, const std::string& problem) {
    throw InputError(fmt::format("{}: column '{}': {}", table.where(row), column.name, problem));
  };
  for (std::size_t row = 0; row < table.lines.size(); ++row) {
    const double cell = column.cells[row];
    const double seconds = (cell - origin) * scale;
    if (row > 0 && !(cell > column.cells[row - 1])) {
      fail(row, fmt::format("{} is not later than {} in the row before; expected times that rise",
                            cell, column.cells[row - 1]));
    }
    if (row == 0 && (seconds < 0 || seconds > kLatestFirstRow)) {
      fail(row, fmt::format("the first row is at {} s; times count from the start of the stimulus. "
                            "For recordings that count from elsewhere, add a line \"# time_origin "
                            "= first_row\" above the column names",
                            seconds));
    }
    if (seconds > kLongestSeconds) {
      fail(row, fmt::format("is {} s behind the start; expected at most {} s", seconds,
                            kLongestSeconds));
    }
    const auto ps = static_cast<std::uint64_t>(std::llround(seconds * kPicoseconds));
    if (!times.empty() && ps <= times.back()) fail(row, "is less than 1 ps behind the row before");
    times.push_back(ps);
  }
  return times;
}

void Measurements::Builder::read_file(const StimulusPiece& from, std::vector<Piece>& pieces) {
  const auto prefixed = [&](const auto& action) {
    if (from.where.empty()) {
      action();
    } else {
      at_place(from.where, action);
    }
  };
  prefixed([&] {
    auto found = tables_.find(from.file);
    if (found == tables_.end()) {
      found = tables_.emplace(from.file, CsvTable::from_file(from.file)).first;
    }
    const CsvTable& table = found->second;
    const std::optional<std::size_t> time = time_column(table);
    std::vector<std::optional<Match>> matches(table.columns.size());
    std::vector<std::string> used(quantities_.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (i == time) continue;
      const std::string& name = table.columns[i].name;
      matches[i] = match(name, table.header_where());
      columns().mention(
          fmt::format("column '{}'", name), place(from, table.header_where()),
          matches[i].has_value(),
          fmt::format(". Leave the column out, or skip it with a line \"# ignore = {}\"", name));
      if (!matches[i]) continue;
      std::string& other = used[matches[i]->quantity];
      if (!other.empty()) {
        throw InputError(fmt::format("{}: column '{}': is the same as '{}'; remove one of the two",
                                     table.header_where(), name, other));
      }
      other = name;
    }
    Piece piece{.time = PieceTime(from, {}),
                .material = {},
                .times = row_times(table, time),
                .values = std::vector<std::vector<double>>(quantities_.size()),
                .noise_rms = {},
                .gain = from.gain,
                .seed = 0};
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (!matches[i]) continue;
      std::vector<double>& values = piece.values[matches[i]->quantity];
      values = table.columns[i].cells;
      for (double& value : values) value = matches[i]->conversion(value);
    }
    // The next repetition follows the last row as rows follow one another.
    piece.material = {piece.times.back()};
    if (const std::size_t rows = piece.times.size(); from.times != 1 && rows > 1) {
      piece.material.ps += (piece.times.back() - piece.times.front()) / (rows - 1);
    }
    piece.time = PieceTime(from, piece.material);
    set_noise(from, matches, piece);
    const bool takes = std::any_of(matches.begin(), matches.end(),
                                   [](const auto& each) { return each.has_value(); });
    if (takes && source_.notes != nullptr) describe(table, piece.times);
    pieces.push_back(std::move(piece));
  });
}

void Measurements::Builder::read_values(const StimulusPiece& from, std::vector<Piece>& pieces) {
  Piece piece{.time = PieceTime(from, {}),
              .material = {},
              .times = {0},
              .values = std::vector<std::vector<double>>(quantities_.size()),
              .noise_rms = {},
              .gain = from.gain,
              .seed = 0};
  std::vector<std::optional<Match>> matches;
  for (const StimulusValue& given : from.values) {
    matches.push_back(match(given.column, from.where));
    columns().mention(fmt::format("'{}'", given.column), from.where, matches.back().has_value(),
                      "");
    if (!matches.back()) continue;
    piece.values[matches.back()->quantity] = {matches.back()->conversion(given.value)};
  }
  set_noise(from, matches, piece);
  pieces.push_back(std::move(piece));
}

void Measurements::Builder::set_noise(const StimulusPiece& from,
                                      const std::vector<std::optional<Match>>& matches,
                                      Piece& piece) {
  piece.seed = from.seed.value_or(source_.seed);
  // Parts that take the same column see different noise, as two sensors do.
  for (const char c : source_.name) piece.seed = piece.seed * 31 + static_cast<unsigned char>(c);
  piece.noise_rms.assign(quantities_.size(), 0);
  for (const auto& each : matches) {
    if (each) piece.noise_rms[each->quantity] = std::abs(from.noise_rms * each->conversion.scale);
  }
  for (const StimulusValue& given : from.noise) {
    const std::optional<Match> found = match(given.column, from.where);
    columns().mention(fmt::format("noise of '{}'", given.column), from.where, found.has_value(),
                      "");
    if (!found) continue;
    piece.noise_rms[found->quantity] = std::abs(given.value * found->conversion.scale);
  }
}

void Measurements::Builder::read_action(const StimulusPiece& from, std::vector<Acting>& actions) {
  const auto found = std::find(action_names_.begin(), action_names_.end(), from.action);
  columns().mention(fmt::format("'{}'", from.action), from.where, found != action_names_.end(), "");
  if (found == action_names_.end()) return;
  const Duration length = from.length.value_or(kActionLength);
  StimulusPiece timing = from;
  timing.length.reset();
  actions.push_back(
      {PieceTime(timing, length), static_cast<std::size_t>(found - action_names_.begin()), length});
}

// What the report says about a file.
void Measurements::Builder::describe(const CsvTable& table,
                                     const std::vector<std::uint64_t>& times) {
  const std::size_t rows = times.size();
  std::string text = fmt::format("{}: {} row{}", table.file, rows, rows == 1 ? "" : "s");
  if (rows > 1) {
    const double seconds = static_cast<double>(times.back() - times.front()) / kPicoseconds;
    text += fmt::format(
        " over {:.6g} s, {:.6g} Hz in the mean; the part samples at a rate of its own, and values "
        "between rows are interpolated linearly",
        seconds, static_cast<double>(rows - 1) / seconds);
  }
  if (!table.ignored.empty()) {
    text += fmt::format("; columns skipped as the file asks: {}", join(table.ignored));
  }
  source_.notes->assume({fmt::format("{}.stimulus.{}", source_.name, table.file), text,
                         "tinyscope, peripherals/stimulus/measurements_builder.cpp"});
}

}  // namespace tinyscope

// Turns the pieces of a stimulus into what Measurements looks up. Only its own sources include it.
#pragma once

#include <map>
#include <string>

#include "peripherals/stimulus/csv_table.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "peripherals/stimulus/quantities.hpp"
#include "sim/run_notes.hpp"
#include "sim/stimulus.hpp"

namespace tinyscope {

class Measurements::Builder {
 public:
  struct Source {
    const std::string& name;  // of the part
    std::uint64_t seed;
    RunNotes* notes;  // null: nothing is to be noted
    const Stimulus& stimulus;
  };
  // References must outlive the builder.
  Builder(const Source& source, std::span<const Quantity> quantities,
          std::span<const std::string_view> actions);

  // Sorted by start. Throws InputError.
  void build(std::vector<Piece>& pieces, std::vector<Acting>& actions);

 private:
  struct Match {
    std::size_t quantity;
    UnitConversion conversion;
  };

  void read_file(const StimulusPiece& from, std::vector<Piece>& pieces);
  void read_values(const StimulusPiece& from, std::vector<Piece>& pieces);
  void read_action(const StimulusPiece& from, std::vector<Acting>& actions);
  // Of the rows, in picoseconds after the start; `time` is the column of the time, if there is one.
  std::vector<std::uint64_t> row_times(const CsvTable& table,
                                       std::optional<std::size_t> time) const;
  std::optional<std::size_t> time_column(const CsvTable& table) const;
  // The quantity of the part that a heading names; nullopt: none. Throws InputError if the name
  // fits and the unit does not.
  std::optional<Match> match(const std::string& heading, const std::string& where) const;
  void set_noise(const StimulusPiece& from, const std::vector<std::optional<Match>>& columns,
                 Piece& piece);
  void describe(const CsvTable& table, const std::vector<std::uint64_t>& times);
  StimulusColumns& columns();
  // "scenario.toml:3: " in front of `where`, if the piece has a place of its own.
  static std::string place(const StimulusPiece& from, const std::string& where);

  Source source_;
  std::span<const Quantity> quantities_;
  std::span<const std::string_view> action_names_;
  std::map<std::string, CsvTable> tables_;
  StimulusColumns own_columns_;  // if nobody else is fed
};

}  // namespace tinyscope

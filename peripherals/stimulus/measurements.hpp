// What a sensor's surroundings do over time: one number in physical units for each quantity the
// part can measure, from what the user gave for it, or at rest.
//
// Files are CSV (csv_table.hpp). A column names its quantity and its unit, as "ax_g", "ax [g]" or
// "accX (m/s^2)"; one column is the time ("time_s", "t_ms", "timestamp [us]"), which counts from
// the start of the stimulus, or the rate is given in a comment line "# rate_hz = 50".
// docs/stimuli.md lists all of it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peripherals/stimulus/time_line.hpp"
#include "sim/registry.hpp"

namespace tinyscope {

class Measurements {
 public:
  struct Quantity {
    std::string_view name;  // "ax", "temperature"
    std::string_view unit;  // in which at() answers: "g", "degC"; columns in others are converted
    double rest = 0;        // without a stimulus, and where the stimulus does not say
    bool steps = false;     // keeps each value until the next one, as a logic level does
  };

  // Reads the device's stimulus, if there is one. `actions` are those that the part can do beside
  // ("left", "press"). Throws InputError with the file, the line and the column for what does not
  // fit: an unknown quantity, unit or action, a time that runs backwards, a number that is none.
  Measurements(DeviceContext& context, std::span<const Quantity> quantities,
               std::span<const std::string_view> actions = {});

  // See FedPart::set_fed().
  void set_fed(const Stimulus& stimulus);

  // The value of the quantity of that index at `when`, between rows by linear interpolation; the
  // first and the last row hold before and after. The latest piece that says something counts.
  double at(std::size_t quantity, TimePoint when) const;
  // The piece of the stimulus that gives at(); nullopt: the quantity is at rest.
  std::optional<std::size_t> source(std::size_t quantity, TimePoint when) const;
  // The first time after `when` at which a row, a repetition or a piece begins or ends; nullopt:
  // everything stays as it is.
  std::optional<TimePoint> next_change(TimePoint when) const;
  // Whether the stimulus ever says something about the quantity.
  bool given(std::size_t quantity) const;

  // The action of the part that is under way at `when`, the latest one if there are several.
  struct Action {
    std::size_t kind;  // index in `actions`
    Duration into{};   // since it began
    Duration length{};
  };
  std::optional<Action> action(TimePoint when) const;
  bool has_actions() const { return !actions_.empty(); }

  // How long an action takes if the user does not say.
  static constexpr Duration kActionLength = Duration::from_ms(200);

 private:
  // Columns of a file, or one row of fixed values, in the units of at().
  struct Piece {
    PieceTime time;
    Duration material{};
    std::vector<std::uint64_t> times;         // of the rows, ps; not empty
    std::vector<std::vector<double>> values;  // by quantity; empty: it says nothing
    std::vector<double> noise_rms;            // by quantity
    double gain;
    std::uint64_t seed;
  };
  struct Acting {
    PieceTime time;
    std::size_t kind;
    Duration length;
  };

  class Builder;
  double value(const Piece& piece, const PieceTime::Position& position, std::size_t quantity) const;

  std::string name_;  // of the part
  std::uint64_t seed_;
  std::vector<Quantity> quantities_;
  std::vector<std::string_view> action_names_;
  std::vector<Piece> pieces_;    // by start; later ones count. Behind them what was fed
  std::vector<Acting> actions_;  // likewise
  std::size_t own_pieces_ = 0;   // those that were not fed
  std::size_t own_actions_ = 0;
};

}  // namespace tinyscope

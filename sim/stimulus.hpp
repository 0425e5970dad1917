// What feeds a part on the board, or a pin: pieces on a time line, each a file, fixed values or an
// action such as the press of a button. The part's model reads the files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/time.hpp"

namespace tinyscope {

// A column of a table, or a quantity that got a fixed value, by its name and unit as the user wrote
// them ("ax_g").
struct StimulusValue {
  std::string column;
  double value = 0;
};

struct StimulusPiece {
  // What plays; exactly one of the three.
  std::string file;
  std::vector<StimulusValue> values;
  std::string action;  // "press", "left"; known to the part

  // From when on. From the option on the command line: when the part's surroundings begin, which is
  // power-on, and for a microphone its first use.
  enum class Origin { kAsOption, kPowerOn, kFirstUse };
  Origin origin = Origin::kAsOption;
  Duration start{};  // after the origin

  std::uint64_t times = 1;  // how often; 0: for ever
  Duration gap{};           // between one time and the next
  // When the whole piece is over and what was before holds again; of an action: how long it takes.
  std::optional<Duration> length;

  double gain = 1;
  double noise_rms = 0;               // of each column, in its unit
  std::vector<StimulusValue> noise;   // the same for one column each
  std::optional<std::uint64_t> seed;  // of the noise; nullopt: that of the run

  std::string where;  // for messages: "walk.toml:12"; empty: the file says enough
};

// Which parts of a stimulus were understood by anybody, if it feeds several devices.
class StimulusColumns {
 public:
  // `known`: what a device would understand, as the user may write it.
  void offer(std::vector<std::string> known);
  // `what` ("column 'ax_g'") at `where` ("file:line"), and whether the device took it. `remedy`
  // goes to the end of the message if nobody does.
  void mention(const std::string& what, const std::string& where, bool taken,
               const std::string& remedy);
  // Throws InputError for the first that nobody took.
  void require_all_taken() const;

 private:
  struct Mention {
    std::string what;
    std::string where;
    std::string remedy;
    bool taken = false;
  };
  std::vector<Mention> mentions_;
  std::vector<std::string> known_;
};

struct Stimulus {
  Stimulus() = default;
  // A file as given on the command line; an empty name is no stimulus.
  Stimulus(std::string file) {  // NOLINT: a file name is a stimulus
    if (file.empty()) return;
    pieces.emplace_back();
    pieces.back().file = std::move(file);
  }
  Stimulus(const char* file) : Stimulus(std::string(file)) {}  // NOLINT: likewise

  bool empty() const { return pieces.empty(); }
  // For parts that can be fed from one file only, from the beginning on; empty: there is none.
  // Throws InputError if the user asks for more.
  const std::string& only_file() const;

  std::vector<StimulusPiece> pieces;  // a later one counts where both have something to say
  // Shared by all parts that the stimulus feeds; null: it feeds one part.
  std::shared_ptr<StimulusColumns> columns;
};

}  // namespace tinyscope

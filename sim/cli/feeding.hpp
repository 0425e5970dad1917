// Gives parts of a board something else to sense while the machine exists.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/cli/machine.hpp"
#include "sim/fed_part.hpp"
#include "sim/stimulus.hpp"

namespace tinyscope {

class Feeding {
 public:
  explicit Feeding(Machine& machine) : machine_(machine) {}

  // `name` is a stimulus ("mic", "imu") or a device of the board. What all of its parts sense from
  // the piece's start on, which counts from power-on, instead of what they were fed before. Throws
  // InputError, and then changes nothing.
  void feed(const std::string& name, const StimulusPiece& piece);
  // Throws InputError if the board has nothing of that name that can be fed.
  void require(const std::string& name) const { parts(name); }

  // What is fed now, by name, for a state to go back to.
  using Fed = std::map<std::string, StimulusPiece>;
  const Fed& fed() const { return fed_; }
  void go_back_to(const Fed& fed);

 private:
  std::vector<FedPart*> parts(const std::string& name) const;
  void apply(const std::string& name, const StimulusPiece* piece) const;

  Machine& machine_;
  Fed fed_;
};

}  // namespace tinyscope

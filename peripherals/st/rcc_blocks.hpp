// Resets and clock enables of the blocks of a chip: registers xxxRSTR, xxxENR and xxxSMENR (or
// xxxLPENR) of its RCC, made from a table. Each xxxRST drives the line rcc_lines.hpp names after
// the block; for a block that nobody resets, setting it is reported.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {

class RccBlocks {
 public:
  enum Kinds : unsigned { kReset = 1, kEnable = 2, kSleep = 4, kAll = 7, kGate = 6 };
  struct Block {
    unsigned bit;
    const char* name;
    unsigned kinds = kAll;
  };
  struct Group {
    const char* name;  // of its registers: "APB1%1" and "RSTR" make "APB1RSTR1"
    Address reset;
    Address enable;
    Address sleep;
    std::uint32_t enabled_at_reset;
    std::vector<Block> blocks;
  };

  // `sleep` is what the manual calls "clocked in Sleep mode": "SMEN" or "LPEN".
  RccBlocks(PeripheralContext& context, RegisterFile& registers, std::span<const Group> groups,
            std::string_view sleep);

  // After the registers were reset: no block is held in reset.
  void drive_reset_lines();
  void snapshot(StateArchive& archive);

 private:
  using Register = RegisterFile::Register;
  struct ResetLine {
    Register* control;
    std::uint32_t mask;
    Wire* line;
  };

  void define(PeripheralContext& context, RegisterFile& registers, const Group& group,
              std::string_view sleep);
  void report(const Register& control, Address offset) const;

  std::string name_;
  RunNotes& notes_;
  std::vector<ResetLine> reset_lines_;
};

}  // namespace tinyscope::st

// What-ifs that are worth running again for, chosen from the report of a run.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/profiled_run.hpp"
#include "sim/cli/what_if.hpp"

namespace tinyscope {

struct Experiment {
  std::string title;  // "Switch the instruction cache of flash on"
  std::string text;   // what to change, and where
  std::string how;    // what the machine was made to do, and what it leaves out
  WhatIf what_if;
  std::int64_t ram_bytes_saved = 0;  // negative: what moves into RAM
};

// In an order that depends on the run only.
std::vector<Experiment> plan_experiments(const BoardDescription& board, const FirmwareImage& image,
                                         const ProfiledRun& run);

// Of these, those about where weights, code and arena lie.
std::vector<Experiment> plan_relocations(const SocDescription& soc, const FirmwareImage& image,
                                         const ProfiledRun& run);

}  // namespace tinyscope

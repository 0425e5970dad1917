// Tracks of the timeline that the rows of a report give.
#pragma once

#include <string>

#include "profiler/report.hpp"

namespace tinyscope {

// "IRQ 3", "exception 11".
std::string exception_name(unsigned number);

// Adds the tracks "inferences" and "layers". Where inferences of several threads overlap without
// one lying in the other, further tracks with a number behind their name.
void add_inferences(Timeline& timeline, const ProfileReport& report);

}  // namespace tinyscope

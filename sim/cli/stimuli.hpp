// What the user lets the parts of the board sense: options of the command line and scenarios.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/description/board.hpp"
#include "sim/stimulus.hpp"

namespace tinyscope {

// As written on the command line.
struct StimulusArguments {
  std::string mic;
  std::string imu;
  std::string camera;
  std::vector<std::string> sensors;  // NAME=FILE
  std::vector<std::string> pins;     // PIN=FILE, PIN=0, PIN=1, PIN=1.2V
  std::string scenario;              // file
};

struct Feeds {
  std::map<std::string, Stimulus> stimuli;  // by the name of a stimulus or device
  // Sources and buttons on pins of the board, which nothing in its description drives.
  std::vector<DeviceDescription> devices;
};

// Throws InputError for what cannot be read, and for pins that the board does not name.
Feeds read_feeds(const StimulusArguments& arguments, const BoardDescription& board);

// The same for one scenario, which adds to what is there.
void read_scenario(const std::string& file, const BoardDescription& board, Feeds& feeds);

// The stimulus of a pin of the board; adds its source if there is none yet. `where` is for the
// message if the board has no such pin.
Stimulus& pin_stimulus(const std::string& pin, const BoardDescription& board, Feeds& feeds,
                       const std::string& where);

}  // namespace tinyscope

// A bare TensorFlow Lite model as firmware: put into the shipped runner (firmware-samples/runner)
// where its linker script leaves room, as if both had been linked together.
#pragma once

#include <filesystem>
#include <string>

#include "sim/cli/machine.hpp"
#include "sim/description/board.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// Is the file taken for a bare model, by its name?
bool is_bare_model(const std::filesystem::path& path);

// Runner and model in one image. `kernels`: "dsp" or "reference". Throws InputError if the file is
// no model, the runner cannot run it, the board has no runner, or flash or RAM are too small.
FirmwareImage bare_model_image(const std::filesystem::path& path, const std::string& kernels,
                               const BoardDescription& board);

// Was the image made by bare_model_image()?
bool holds_bare_model(const FirmwareImage& image);

// States in the machine's notes which runner it is. Does nothing for other images.
void note_runner(Machine& machine, const FirmwareImage& image);

// Throws InputError with what the runner says if it found that it cannot run the model. Does
// nothing for other images.
void require_model_ran(Machine& machine, const FirmwareImage& image);

}  // namespace tinyscope

// PNG and JPEG files. The only part of the project that knows picture files (libpng,
// libjpeg-turbo).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "peripherals/stimulus/picture.hpp"

namespace tinyscope {

// The whole file. Throws InputError if it cannot be read, is empty or larger than 64 MiB.
std::vector<std::uint8_t> read_picture_file(const std::filesystem::path& file);

// Decodes the bytes of a PNG or JPEG file, told apart by their first bytes; `file` is for messages.
// Grey becomes equal red, green and blue; transparent parts are seen on black; 16 bits become 8;
// EXIF orientation is ignored. Throws InputError if it is neither, is damaged or cut short, or has
// more than 64 million pixels or a side of more than 65,500.
Picture decode_picture(std::span<const std::uint8_t> bytes, const std::string& file);

// Writes a PNG file of 8 bits for each channel. Throws InputError if that is not possible.
void write_png(const Picture& picture, const std::filesystem::path& file);

}  // namespace tinyscope

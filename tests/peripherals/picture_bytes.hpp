// PNG and JPEG files for tests, and folders to keep them in.
#pragma once

#include <png.h>

#include <cstdint>
// clang-format off: the library's header wants this order
#include <jpeglib.h>

#include <cstdio>
// clang-format on
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "peripherals/stimulus/picture.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope::test {

struct Rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

inline Picture paint(unsigned width, unsigned height,
                     const std::function<Rgb(unsigned, unsigned)>& color) {
  Picture picture{width, height, std::vector<std::uint8_t>(std::size_t{width} * height * 3)};
  for (std::size_t i = 0; i < std::size_t{width} * height; ++i) {
    const Rgb c = color(static_cast<unsigned>(i % width), static_cast<unsigned>(i / width));
    picture.rgb[3 * i] = c.red;
    picture.rgb[3 * i + 1] = c.green;
    picture.rgb[3 * i + 2] = c.blue;
  }
  return picture;
}
inline Picture plain(unsigned width, unsigned height, Rgb color) {
  return paint(width, height, [color](unsigned, unsigned) { return color; });
}

// `pixels` in the layout of `format`, of libpng's simplified interface.
inline std::vector<std::uint8_t> png_of(unsigned width, unsigned height, std::uint32_t format,
                                        const void* pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t size = 0;
  png_image_write_to_memory(&image, nullptr, &size, 0, pixels, 0, nullptr);
  std::vector<std::uint8_t> bytes(size);
  png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, nullptr);
  bytes.resize(size);
  return bytes;
}
inline std::vector<std::uint8_t> png_of(const Picture& picture) {
  return png_of(picture.width, picture.height, PNG_FORMAT_RGB, picture.rgb.data());
}

// `components` 3: red, green, blue; 1: grey.
inline std::vector<std::uint8_t> jpeg_of(unsigned width, unsigned height, int components,
                                         const std::uint8_t* pixels, int quality = 95) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &data, &size);
  encoder.image_width = width;
  encoder.image_height = height;
  encoder.input_components = components;
  encoder.in_color_space = components == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, quality, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  const std::size_t stride = std::size_t{width} * static_cast<unsigned>(components);
  while (encoder.next_scanline < encoder.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(pixels) + encoder.next_scanline * stride;
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  std::vector<std::uint8_t> bytes(data, data + size);
  jpeg_destroy_compress(&encoder);
  std::free(data);
  return bytes;
}
inline std::vector<std::uint8_t> jpeg_of(const Picture& picture) {
  return jpeg_of(picture.width, picture.height, 3, picture.rgb.data());
}

// An empty folder of the test's own, gone when the program ends.
inline std::filesystem::path picture_folder(const std::string& name) {
  static const TemporaryFolder root;
  const auto folder = root.path() / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}
inline std::string save(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return path.string();
}

}  // namespace tinyscope::test

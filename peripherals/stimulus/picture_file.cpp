#include "peripherals/stimulus/picture_file.hpp"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <fstream>
#include <initializer_list>
#include <iterator>
// clang-format off: the library's headers want this order
#include <jerror.h>
#include <jpeglib.h>

#include <cstdio>
// clang-format on

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kMostBytes = 64u << 20;
constexpr std::uint64_t kMostPixels = 64'000'000;
constexpr std::uint64_t kLongestSide = 65'500;  // of a JPEG, by libjpeg-turbo
// A small file may ask for a scan of the whole picture again and again.
constexpr int kMostScans = 100;

[[noreturn]] void refuse(const std::string& file, const std::string& reason) {
  throw InputError(
      fmt::format("{}: {}. Expected a PNG or JPEG picture; convert it with, for example, "
                  "'ffmpeg -i INPUT OUTPUT.png'",
                  file, reason));
}

void require_size(const std::string& file, std::uint64_t width, std::uint64_t height) {
  if (width == 0 || height == 0) refuse(file, "has no pixels");
  if (width > kLongestSide || height > kLongestSide || width * height > kMostPixels) {
    refuse(file, fmt::format("is too large with {} x {} pixels; the most are {} million", width,
                             height, kMostPixels / 1'000'000));
  }
}

Picture decode_png(std::span<const std::uint8_t> bytes, const std::string& file) {
  struct Image : png_image {
    Image() : png_image{} { version = PNG_IMAGE_VERSION; }
    ~Image() { png_image_free(this); }
  } image;
  const auto reason = [&image] { return fmt::format("cannot be decoded ({})", image.message); };
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) {
    refuse(file, reason());
  }
  require_size(file, image.width, image.height);
  image.format = PNG_FORMAT_RGB;
  Picture picture{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&image, &black, picture.rgb.data(), 0, nullptr) == 0) {
    refuse(file, reason());
  }
  return picture;
}

// libjpeg reports errors by a function that must not return.
struct JpegErrors : jpeg_error_mgr {
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};

void fail(j_common_ptr decoder) {
  auto* const errors = static_cast<JpegErrors*>(decoder->err);
  errors->format_message(decoder, errors->message);
  std::longjmp(errors->escape, 1);
}

// Data that end early are only worth a warning to libjpeg; a picture with a grey lower half should
// not pass as a whole one. Stray bytes between segments are harmless.
void warn(j_common_ptr decoder, int level) {
  if (level >= 0) return;
  const int code = decoder->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE) fail(decoder);
}

void limit_scans(j_common_ptr decoder) {
  auto* const decompress = reinterpret_cast<j_decompress_ptr>(decoder);
  if (decompress->input_scan_number > kMostScans) {
    decoder->err->msg_code = JERR_BAD_PROGRESSION;
    fail(decoder);
  }
}

// Between setjmp and the last call into libjpeg there must be no object with a destructor, so this
// is done in steps; `decoder` and `errors` are the caller's. False: errors.message says why.
bool read_jpeg_header(jpeg_decompress_struct& decoder, JpegErrors& errors,
                      std::span<const std::uint8_t> bytes) {
  if (setjmp(errors.escape) != 0) return false;
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&decoder, TRUE);
  return true;
}

bool read_jpeg_rows(jpeg_decompress_struct& decoder, JpegErrors& errors, std::uint8_t* rgb) {
  if (setjmp(errors.escape) != 0) return false;
  decoder.out_color_space = JCS_RGB;
  decoder.dct_method = JDCT_ISLOW;  // the same on each machine
  jpeg_start_decompress(&decoder);
  const std::size_t stride = std::size_t{decoder.output_width} * 3;
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW row = rgb + decoder.output_scanline * stride;
    jpeg_read_scanlines(&decoder, &row, 1);
  }
  jpeg_finish_decompress(&decoder);
  return true;
}

Picture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& file) {
  struct Decoder : jpeg_decompress_struct {
    Decoder() : jpeg_decompress_struct{} {}
    ~Decoder() { jpeg_destroy_decompress(this); }
  } decoder;
  JpegErrors errors{};
  jpeg_progress_mgr progress{};
  decoder.err = jpeg_std_error(&errors);
  errors.error_exit = fail;
  errors.emit_message = warn;
  const auto reason = [&errors] { return fmt::format("cannot be decoded ({})", errors.message); };
  if (!read_jpeg_header(decoder, errors, bytes)) refuse(file, reason());
  require_size(file, decoder.image_width, decoder.image_height);
  progress.progress_monitor = limit_scans;
  decoder.progress = &progress;
  Picture picture{decoder.image_width, decoder.image_height, {}};
  picture.rgb.resize(std::size_t{picture.width} * picture.height * 3);
  if (!read_jpeg_rows(decoder, errors, picture.rgb.data())) refuse(file, reason());
  return picture;
}

}  // namespace

std::vector<std::uint8_t> read_picture_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) refuse(file.string(), "is not a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(file.string(), "cannot be read");
  if (std::filesystem::file_size(file, error) > kMostBytes || error) {
    refuse(file.string(), fmt::format("is larger than {} MiB", kMostBytes >> 20));
  }
  std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(in)), {});
  if (bytes.empty()) refuse(file.string(), "is empty");
  return bytes;
}

Picture decode_picture(std::span<const std::uint8_t> bytes, const std::string& file) {
  const auto begins_with = [bytes](std::initializer_list<std::uint8_t> magic) {
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
  };
  if (begins_with({0x89, 'P', 'N', 'G'})) return decode_png(bytes, file);
  if (begins_with({0xFF, 0xD8, 0xFF})) return decode_jpeg(bytes, file);
  refuse(file, "is not a picture of a known kind");
}

void write_png(const Picture& picture, const std::filesystem::path& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = picture.width;
  image.height = picture.height;
  image.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, file.c_str(), 0, picture.rgb.data(), 0, nullptr) != 0) return;
  throw InputError(fmt::format("{}: cannot write this picture ({})", file.string(), image.message));
}

}  // namespace tinyscope

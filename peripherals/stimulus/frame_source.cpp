#include "peripherals/stimulus/frame_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "peripherals/stimulus/picture_file.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPictures = 10'000;
constexpr std::size_t kMostBytes = std::size_t{1} << 30;

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// Runs of digits compare as numbers: by length without leading zeros, then digit by digit.
bool comes_before(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  std::size_t j = 0;
  const auto number = [](const std::string& name, std::size_t& at) {
    while (at + 1 < name.size() && name[at] == '0' && is_digit(name[at + 1])) ++at;
    const std::size_t begin = at;
    while (at < name.size() && is_digit(name[at])) ++at;
    return name.substr(begin, at - begin);
  };
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string left = number(a, i);
      const std::string right = number(b, j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if ((i == a.size()) != (j == b.size())) return i == a.size();
  return a < b;  // frame1 and frame01
}

std::vector<std::string> pictures_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string ending = entry->path().extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (ending != ".png" && ending != ".jpg" && ending != ".jpeg") continue;
    names.push_back(entry->path().filename().string());
    if (names.size() > kMostPictures) {
      throw InputError(
          fmt::format("{}: holds more than {} pictures", folder.string(), kMostPictures));
    }
  }
  if (error) throw InputError(fmt::format("{}: {}", folder.string(), error.message()));
  if (names.empty()) {
    throw InputError(
        fmt::format("{}: holds no picture; expected files that end in .png, .jpg or "
                    ".jpeg, shown in the order of their names",
                    folder.string()));
  }
  std::sort(names.begin(), names.end(), comes_before);
  return names;
}

}  // namespace

FrameSource::FrameSource(std::string name, const fs::path& path, Options options, RunNotes& notes)
    : options_(options) {
  if (path.empty()) return;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (const std::string& file : pictures_in(path)) {
      files_.push_back({(path / file).string(), {}});
    }
  } else {
    files_.push_back({path.string(), {}});
  }
  std::size_t total = 0;
  std::optional<Picture> first;
  bool same_sizes = true;
  for (File& file : files_) {
    file.bytes = read_picture_file(file.name);
    total += file.bytes.size();
    if (total > kMostBytes) {
      throw InputError(fmt::format("{}: its pictures have more than 1 GiB", path.string()));
    }
    Picture picture = decode_picture(file.bytes, file.name);
    if (!first) {
      first = std::move(picture);
    } else {
      same_sizes = same_sizes && picture.width == first->width && picture.height == first->height;
    }
  }
  note_scaling(name, *first, same_sizes, notes);
}

void FrameSource::note_scaling(const std::string& name, const Picture& first, bool same_sizes,
                               RunNotes& notes) const {
  if (same_sizes && first.width == options_.width && first.height == options_.height) return;
  const FieldOfView view = field_of_view(first, options_.width, options_.height);
  std::string text =
      fmt::format("{}: {} x {} pixels", files_.front().name, first.width, first.height);
  if (view.width != first.width || view.height != first.height) {
    text += fmt::format(", of which the {} x {} in the middle", view.width, view.height);
  }
  text += fmt::format(", scaled to {} x {} by area averaging", options_.width, options_.height);
  if (files_.size() > 1) {
    text += same_sizes ? "; likewise all other pictures"
                       : "; other pictures, of other sizes, in the same way";
  }
  notes.assume({name + ".field_of_view", text, "tinyscope, peripherals/stimulus/picture.cpp"});
}

void FrameSource::set_fed(const Stimulus& stimulus) {
  std::optional<File> fed;
  for (const StimulusPiece& piece : stimulus.pieces) {
    std::error_code error;
    if (piece.file.empty() || fs::is_directory(piece.file, error)) {
      throw InputError(
          "a camera that runs is fed one picture at a time; expected a PNG or JPEG file");
    }
    fed = File{piece.file, read_picture_file(piece.file)};
    decode_picture(fed->bytes, fed->name);  // a bad one is found now
  }
  fed_ = std::move(fed);
  shown_index_.reset();
}

std::size_t FrameSource::index(std::uint64_t frame, Duration since) const {
  if (fed_) return 0;
  if (options_.fps) {
    // A picture that begins with the frame is seen in it, whatever rounding says.
    frame = static_cast<std::uint64_t>(std::floor(since.seconds() * *options_.fps + 1e-6));
  }
  const auto count = static_cast<std::uint64_t>(files_.size());
  return static_cast<std::size_t>(options_.loop ? frame % count : std::min(frame, count - 1));
}

const Picture& FrameSource::picture(std::size_t index) {
  if (shown_index_ != index) {
    const File& file = fed_ ? *fed_ : files_.at(index);
    shown_ = fit(decode_picture(file.bytes, file.name), options_.width, options_.height);
    shown_index_ = index;
  }
  return shown_;
}

}  // namespace tinyscope

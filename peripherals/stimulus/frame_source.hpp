// Pictures for a camera: one file, or all pictures of a folder in the order of their names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "peripherals/stimulus/picture.hpp"
#include "sim/run_notes.hpp"
#include "sim/stimulus.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class FrameSource {
 public:
  struct Options {
    unsigned width = 640;  // of the sensor, pixels
    unsigned height = 480;
    std::optional<double> fps;  // of the pictures; nullopt: each frame of the camera shows the next
    bool loop = true;           // after the last one comes the first; false: the last one stays
  };

  // `path` is a PNG or JPEG file, or a folder of such, or empty: there is no picture; in a folder
  // files with other endings than .png, .jpg and .jpeg do not count. Numbers within names count as
  // numbers: frame2 comes before frame10. All pictures are decoded once, so that a bad one is found
  // before the run; how they are cropped and scaled goes to the notes under `name`. Throws
  // InputError if a picture is bad, or the folder holds none, more than 10,000, or more than 1 GiB.
  FrameSource(std::string name, const std::filesystem::path& path, Options options,
              RunNotes& notes);

  std::size_t count() const { return files_.size(); }
  // There is nothing to see.
  bool empty() const { return files_.empty() && !fed_; }
  // A picture that is seen from now on, instead of all others: one file, from whatever time on. See
  // FedPart::set_fed().
  void set_fed(const Stimulus& stimulus);
  // Which picture the camera sees in its frame `frame`, that began `since` its first one.
  std::size_t index(std::uint64_t frame, Duration since) const;
  // A picture, cropped and scaled to the sensor. Valid until the next call.
  const Picture& picture(std::size_t index);

 private:
  struct File {
    std::string name;
    std::vector<std::uint8_t> bytes;
  };
  void note_scaling(const std::string& name, const Picture& first, bool same_sizes,
                    RunNotes& notes) const;

  Options options_;
  std::vector<File> files_;
  std::optional<File> fed_;
  Picture shown_;
  std::optional<std::size_t> shown_index_;
};

}  // namespace tinyscope

#include "sim/cli/frame_files.hpp"

#include <fmt/format.h>

#include "peripherals/common/frame_output.hpp"
#include "peripherals/stimulus/picture_file.hpp"
#include "sim/log.hpp"

namespace tinyscope {

FrameFiles::FrameFiles(Machine& machine, const std::string& file, std::optional<unsigned> every)
    : file_(file), every_(every) {
  for (const auto& description : machine.board().soc.peripherals) {
    Peripheral* const peripheral = machine.peripheral(description.name);
    output_ = dynamic_cast<FrameOutput*>(peripheral->port("frame"));
    if (output_ != nullptr) break;
  }
  if (output_ == nullptr) {
    throw InputError(fmt::format("--frame: board '{}' has no display controller that is modelled",
                                 machine.board().name));
  }
  if (every && *every == 0) throw InputError("--frame-every: expected 1 or more frames");
  std::error_code error;
  const std::filesystem::path folder = file_.has_parent_path() ? file_.parent_path() : ".";
  if (!std::filesystem::is_directory(folder, error)) {
    throw InputError(fmt::format("--frame {}: there is no folder '{}'", file, folder.string()));
  }
  if (every) {
    output_->on_frame([this](TimePoint) { frame_ended(); });
  }
}

void FrameFiles::frame_ended() {
  if (frames_++ % *every_ != 0) return;
  ++written_;
  std::filesystem::path file = file_;
  file.replace_filename(
      fmt::format("{}-{:04}{}", file_.stem().string(), written_, file_.extension().string()));
  write(file);
}

void FrameFiles::finish() {
  if (!every_) {
    write(file_);
  } else if (written_ == 0) {
    log::warning("--frame: the display never showed a frame");
  }
}

void FrameFiles::write(const std::filesystem::path& file) {
  const auto picture = output_->frame();
  if (!picture) {
    log::warning("--frame: the display is off; {} is not written", file.string());
    return;
  }
  write_png(*picture, file);
}

}  // namespace tinyscope

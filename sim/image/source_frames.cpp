#include "sim/image/source_frames.hpp"

#include <utility>

#include "sim/image/image.hpp"

namespace tinyscope {

std::vector<SourceFrame> source_frames(const FirmwareImage& image, Address address) {
  std::vector<SourceFrame> frames(1);
  if (image.lines) {
    if (auto line = image.lines->find(address); line) {
      frames[0].file = std::move(line->file);
      frames[0].line = line->line;
    }
  }
  if (image.inlines) {
    for (InlinedCall& call : image.inlines->at(address)) {
      frames.back().function = std::move(call.function);
      frames.push_back({{}, std::move(call.file), call.line});
    }
  }
  if (const Symbol* symbol = image.symbols.function_at(address); symbol != nullptr) {
    frames.back().function = symbol->demangled;
  }
  return frames;
}

}  // namespace tinyscope

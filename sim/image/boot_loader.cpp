#include "sim/error.hpp"
#include "sim/image/formats.hpp"

namespace tinyscope {

FirmwareImage with_boot_loader(FirmwareImage program, const FirmwareImage& boot_loader) {
  const std::string file = program.path.string();
  SegmentCollector segments(file);
  for (const ImageSegment& segment : boot_loader.segments) {
    segments.add(segment.address, segment.bytes, "boot loader " + boot_loader.path.string());
  }
  for (const ImageSegment& segment : program.segments) {
    segments.add(segment.address, segment.bytes, "program");
  }
  program.segments = segments.take();
  std::vector<Symbol> symbols = program.symbols.all();
  const std::vector<Symbol>& others = boot_loader.symbols.all();
  symbols.insert(symbols.end(), others.begin(), others.end());
  program.symbols = SymbolTable(std::move(symbols));
  return program;
}

}  // namespace tinyscope

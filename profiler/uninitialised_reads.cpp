#include "profiler/uninitialised_reads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace tinyscope {
namespace {

// Each word of the alias is one bit of the first megabyte of SRAM (Arm DDI 0439D, 3.7).
constexpr Address kBitBandAlias = 0x22000000u;
constexpr std::uint32_t kBitBandBytes = 0x02000000u;
constexpr Address kSram = 0x20000000u;

}  // namespace

UninitialisedReads::UninitialisedReads(const FirmwareImage& image, const SocDescription& soc)
    : image_(image), index_(soc), written_(index_), bit_band_(soc.core.bit_band) {
  for (const MemoryIndex::Region& region : index_.regions()) {
    if (region.kind != MemoryKind::kRam) written_.add(region.first, region.bytes);
  }
  for (const ImageSegment& segment : image_.segments) {
    write(segment.address, static_cast<std::uint32_t>(segment.bytes.size()));
  }
}

void UninitialisedReads::write(Address address, std::uint32_t size) {
  if (const MemoryIndex::Place place = index_.find(address); place.memory) {
    written_.add(place.byte, size);
  } else if (bit_band_ && address - kBitBandAlias < kBitBandBytes) {
    write(kSram + (address - kBitBandAlias) / 32, 1);
  }
}

void UninitialisedReads::on_written(Address address, std::uint32_t size) { write(address, size); }

void UninitialisedReads::on_accesses(std::span<const DataAccess> accesses) {
  for (const DataAccess& access : accesses) {
    if (access.write) {
      write(access.address, access.size());
      continue;
    }
    const MemoryIndex::Place place = index_.find(access.address);
    if (!place.memory || written_.contains_all(place.byte, access.size())) continue;
    const auto [found, fresh] = reads_.try_emplace(access.pc);
    Reads& reads = found->second;
    if (fresh) {
      std::uint32_t skip = 0;
      while (written_.contains(place.byte + skip)) ++skip;
      reads.first_address = access.address + skip;
      reads.order = reads_.size();
    }
    for (std::uint32_t i = 0; i < access.count; ++i) {
      if (!written_.contains_all(place.byte + i * access.bytes, access.bytes)) ++reads.count;
    }
  }
}

std::string UninitialisedReads::object_at(Address address) const {
  for (const Symbol& symbol : image_.symbols.all()) {
    if (symbol.kind != SymbolKind::kObject || address - symbol.address >= symbol.size) continue;
    return fmt::format(" ({}+{})", symbol.demangled, address - symbol.address);
  }
  return {};
}

std::vector<std::string> UninitialisedReads::findings() const {
  if (began_midway_) return {};
  struct Row {
    std::string function;
    Address pc = 0;
    Reads reads;  // of all its instructions
  };
  std::vector<Row> rows;
  std::uint64_t all = 0;
  for (const auto& [pc, reads] : reads_) {
    all += reads.count;
    const Symbol* const symbol = pc == 0 ? nullptr : image_.symbols.function_at(pc);
    const std::string name = pc == 0             ? "a return from an exception"
                             : symbol == nullptr ? fmt::format("{:#010x}", pc)
                                                 : symbol->demangled;
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&name](const Row& known) { return known.function == name; });
    if (row == rows.end()) {
      rows.push_back({name, pc, reads});
      continue;
    }
    row->reads.count += reads.count;
    if (reads.order < row->reads.order) {
      row->reads.order = reads.order;
      row->reads.first_address = reads.first_address;
      row->pc = pc;
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.reads.count != b.reads.count ? a.reads.count > b.reads.count
                                          : a.reads.order < b.reads.order;
  });
  std::vector<std::string> findings;
  for (const Row& row : rows) {
    if (findings.size() == kMostFunctions) {
      findings.push_back(
          fmt::format("uninitialised RAM read in {} more functions ({} reads in all)",
                      rows.size() - kMostFunctions, all));
      break;
    }
    std::string at;
    if (row.pc != 0) {
      at = fmt::format(" by {:#x}", row.pc);
      const auto line = image_.lines ? image_.lines->find(row.pc) : std::nullopt;
      if (line) {
        at += fmt::format(", {}:{}", std::filesystem::path(line->file).filename().string(),
                          line->line);
      }
    }
    findings.push_back(fmt::format("uninitialised RAM read in {}: {} times, first at {:#010x}{}{}",
                                   row.function, row.reads.count, row.reads.first_address,
                                   object_at(row.reads.first_address), at));
  }
  return findings;
}

}  // namespace tinyscope

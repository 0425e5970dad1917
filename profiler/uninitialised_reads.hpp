// Finds reads of RAM that nothing has written since power-on: neither the image, nor the core, nor
// DMA. A read counts if any of its bytes was never written.
//
// A copy of padding or of an unused register slot is a real read of that kind, and is told like any
// other; reads are grouped by function, so that such places are seen at once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "profiler/memory_index.hpp"
#include "sim/access_listener.hpp"
#include "sim/description/soc.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

class UninitialisedReads final : public AccessListener {
 public:
  UninitialisedReads(const FirmwareImage& image, const SocDescription& soc);

  void on_accesses(std::span<const DataAccess> accesses) override;
  // The run had begun before: nobody knows what was written, so there is nothing to find.
  void begin() { began_midway_ = true; }
  // Something other than the core wrote: DMA, a boot loader that is not simulated.
  void on_written(Address address, std::uint32_t size);

  // One sentence for each function, most reads first; at most kMostFunctions and one that says how
  // many are left out.
  std::vector<std::string> findings() const;
  static constexpr std::size_t kMostFunctions = 20;

 private:
  struct Reads {
    Address first_address = 0;
    std::uint64_t order = 0;  // of the first one, among all
    std::uint64_t count = 0;
  };
  void write(Address address, std::uint32_t size);
  std::string object_at(Address address) const;

  const FirmwareImage& image_;
  MemoryIndex index_;
  ByteSet written_;
  bool bit_band_;
  bool began_midway_ = false;
  std::map<Address, Reads> reads_;  // by address of the instruction; 0: the core by itself
};

}  // namespace tinyscope

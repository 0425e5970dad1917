#include "cores/cortex_m/cache_registers.hpp"

#include <array>
#include <bit>
#include <utility>

namespace tinyscope {
namespace {

constexpr std::uint32_t kInstructionCache = 1;  // CSSELR.InD

// ITCMCR and DTCMCR: enabled at reset where the chip straps it so, as those of ST do.
std::uint32_t tcm_control(std::uint32_t bytes, bool ecc) {
  if (bytes == 0) return 0;
  constexpr std::uint32_t kEn = 1u << 0, kRmw = 1u << 1;
  const auto kilobytes_log = static_cast<std::uint32_t>(std::bit_width(bytes / 1024) - 1);
  return kEn | (ecc ? kRmw : 0u) | (kilobytes_log + 1) << 3;
}

}  // namespace

CacheRegisters::CacheRegisters(CacheControl* control, std::function<void()> changed)
    : control_(control), changed_(std::move(changed)) {
  if (control_ != nullptr) shape_ = control_->shape();
  reset();
}

void CacheRegisters::add_registers(RegisterFile& registers) {
  add_identification(registers);
  add_operations(registers);
  add_control(registers);
}

void CacheRegisters::add_identification(RegisterFile& registers) {
  const bool instruction = shape_.instruction_cache.has_value();
  const bool data = shape_.data_cache.has_value();
  // One level, to be cleaned for unification and coherency alike.
  const std::uint32_t kinds = (instruction ? 1u : 0u) | (data ? 2u : 0u);
  const std::uint32_t clidr = kinds == 0 ? 0 : 1u << 27 | 1u << 24 | kinds;
  registers.add(0xD78, "CLIDR").read_only().on_read([clidr] { return clidr; });
  // Lines of 8 words on both sides.
  const std::uint32_t ctr = kinds == 0 ? 0x8000'C000u : 0x8303'C003u;
  registers.add(0xD7C, "CTR").read_only().on_read([ctr] { return ctr; });
  registers.add(0xD80, "CCSIDR").read_only().on_read([this] { return cache_size_id(); });
  registers.add(0xD84, "CSSELR")
      .on_read([this] { return csselr_; })
      .on_write([this](std::uint32_t value) { csselr_ = value & kInstructionCache; });
}

std::uint32_t CacheRegisters::cache_size_id() const {
  const auto& cache = csselr_ == kInstructionCache ? shape_.instruction_cache : shape_.data_cache;
  if (!cache) return 0;
  constexpr std::uint32_t kAllPolicies = 0xFu << 28;
  const auto line_size = static_cast<std::uint32_t>(std::bit_width(cache->line_bytes / 4) - 3);
  return kAllPolicies | (cache->sets - 1) << 13 | (cache->ways - 1) << 3 | line_size;
}

void CacheRegisters::add_operations(RegisterFile& registers) {
  using Operation = CacheControl::DataOperation;
  const auto add = [&](Address offset, std::string_view name,
                       std::function<void(std::uint32_t)> action) {
    registers.add(offset, name)
        .write_only()
        .trigger()
        .on_write([this, act = std::move(action)](std::uint32_t value) {
          if (control_ != nullptr) act(value);
        });
  };
  add(0xF50, "ICIALLU", [this](std::uint32_t) { control_->invalidate_instructions(); });
  add(0xF58, "ICIMVAU",
      [this](std::uint32_t value) { control_->invalidate_instruction_line(value); });
  constexpr std::array<std::pair<Address, Operation>, 4> kByAddress = {
      {{0xF5C, Operation::kInvalidate},
       {0xF64, Operation::kClean},
       {0xF68, Operation::kClean},
       {0xF70, Operation::kCleanAndInvalidate}}};
  constexpr std::array<std::string_view, 4> kNames = {"DCIMVAC", "DCCMVAU", "DCCMVAC", "DCCIMVAC"};
  for (std::size_t i = 0; i < kByAddress.size(); ++i) {
    add(kByAddress[i].first, kNames[i], [this, which = kByAddress[i].second](std::uint32_t value) {
      control_->maintain_line(which, value);
    });
  }
  // Set from bit 5 up, way in the highest bits.
  const auto by_place = [this](Operation operation) {
    return [this, operation](std::uint32_t value) {
      if (!shape_.data_cache) return;
      const LineCache::Geometry& cache = *shape_.data_cache;
      const auto way_bits = static_cast<unsigned>(std::bit_width(cache.ways - 1));
      const std::uint32_t way = way_bits == 0 ? 0 : value >> (32 - way_bits);
      control_->maintain_place(operation, value / cache.line_bytes & (cache.sets - 1), way);
    };
  };
  add(0xF60, "DCISW", by_place(Operation::kInvalidate));
  add(0xF6C, "DCCSW", by_place(Operation::kClean));
  add(0xF74, "DCCISW", by_place(Operation::kCleanAndInvalidate));
  add(0xF78, "BPIALL", [](std::uint32_t) {});  // does nothing on this core
}

void CacheRegisters::add_control(RegisterFile& registers) {
  const auto plain = [&](Address offset, std::string_view name, std::uint32_t& value,
                         std::uint32_t writable) {
    registers.add(offset, name)
        .on_read([&value] { return value; })
        .on_write([&value, writable](std::uint32_t written) {
          value = (value & ~writable) | (written & writable);
        });
  };
  constexpr std::uint32_t kTcmBits = 0x7, kAhbsBits = 0xFFFF;
  plain(0xF90, "ITCMCR", itcmcr_, shape_.itcm_bytes == 0 ? 0 : kTcmBits);
  plain(0xF94, "DTCMCR", dtcmcr_, shape_.dtcm_bytes == 0 ? 0 : kTcmBits);
  plain(0xF98, "AHBPCR", ahbpcr_, 1);
  registers.add(0xF9C, "CACR")
      .on_read([this] { return cacr_; })
      .on_write([this](std::uint32_t value) {
        cacr_ = value & (kSiwt | kEccen | kForcewt);
        changed_();
      });
  plain(0xFA0, "AHBSCR", ahbscr_, kAhbsBits);
  registers.add(0xFA8, "ABFSR").trigger().on_read([] { return 0u; });
}

void CacheRegisters::reset() {
  constexpr std::uint32_t kAhbpOf512MbEnabled = 4u << 1 | 1u;
  constexpr std::uint32_t kAhbsReset = 0x0800u;
  csselr_ = 0;
  itcmcr_ = tcm_control(shape_.itcm_bytes, shape_.ecc);
  dtcmcr_ = tcm_control(shape_.dtcm_bytes, shape_.ecc);
  ahbpcr_ = kAhbpOf512MbEnabled;
  cacr_ = 0;
  ahbscr_ = kAhbsReset;
}

void CacheRegisters::snapshot(StateArchive& archive) {
  archive(csselr_, itcmcr_, dtcmcr_, ahbpcr_, cacr_, ahbscr_);
}

}  // namespace tinyscope

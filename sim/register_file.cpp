#include "sim/register_file.hpp"

#include <fmt/format.h>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

std::uint32_t bit_mask(unsigned low, unsigned width) {
  TINYSCOPE_ASSERT(width >= 1 && low + width <= 32);
  return (width == 32 ? 0xFFFFFFFFu : ((1u << width) - 1u)) << low;
}

}  // namespace

using Register = RegisterFile::Register;

Register& Register::reset(std::uint32_t value) {
  reset_value_ = value;
  value_ = value;
  return *this;
}

void Register::claim(std::uint32_t mask, std::string_view name) {
  if ((claimed_ & mask) != 0) {
    throw SimulatorFault(fmt::format("register {}: field {} overlaps another", name_, name));
  }
  claimed_ |= mask;
}

Register& Register::field(unsigned low, unsigned width, std::string_view name) {
  const std::uint32_t mask = bit_mask(low, width);
  claim(mask, name);
  fields_.push_back({mask, std::string(name), false});
  return *this;
}

Register& Register::reserved(unsigned low, unsigned width) {
  claim(bit_mask(low, width), "reserved");
  return *this;
}

Register& Register::unimplemented(unsigned low, unsigned width, std::string_view name) {
  const std::uint32_t mask = bit_mask(low, width);
  claim(mask, name);
  fields_.push_back({mask, std::string(name), true});
  return *this;
}

Register& Register::read_only() {
  writable_ = false;
  return *this;
}

Register& Register::write_only() {
  readable_ = false;
  return *this;
}

Register& Register::write_one_to_clear() {
  write_one_to_clear_ = true;
  return *this;
}

Register& Register::trigger() {
  trigger_ = true;
  return *this;
}

Register& Register::unimplemented() {
  unimplemented_ = true;
  return *this;
}

Register& Register::on_read(std::function<std::uint32_t()> action) {
  on_read_ = std::move(action);
  return *this;
}

Register& Register::on_write(std::function<void(std::uint32_t)> action) {
  on_write_ = std::move(action);
  return *this;
}

std::uint32_t Register::writable_mask() const {
  if (claimed_ == 0) return 0xFFFFFFFFu;
  std::uint32_t mask = 0;
  for (const Field& field : fields_) mask |= field.mask;
  return mask;
}

RegisterFile::RegisterFile(std::string name, std::uint32_t size, RunNotes& notes)
    : name_(std::move(name)), notes_(notes), index_(size / 4, -1) {}

Register& RegisterFile::add(Address offset, std::string_view name) {
  TINYSCOPE_ASSERT(offset % 4 == 0 && offset / 4 < index_.size());
  if (index_[offset / 4] != -1) {
    throw SimulatorFault(
        fmt::format("{}: two registers at offset 0x{:03X} ({})", name_, offset, name));
  }
  index_[offset / 4] = static_cast<std::int16_t>(registers_.size());
  registers_.push_back(std::make_unique<Register>());
  registers_.back()->name_ = name;
  return *registers_.back();
}

void RegisterFile::array(Address offset, unsigned count, std::uint32_t stride,
                         std::string_view name,
                         const std::function<void(Register&, unsigned)>& define) {
  for (unsigned i = 0; i < count; ++i) {
    define(add(offset + i * stride, fmt::format("{}[{}]", name, i)), i);
  }
}

Register* RegisterFile::find(Address offset) {
  const std::size_t word = offset / 4;
  if (word >= index_.size() || index_[word] < 0) return nullptr;
  return registers_[static_cast<std::size_t>(index_[word])].get();
}

std::uint32_t RegisterFile::read(const BusAccess& access) {
  Register* found = find(access.offset);
  const unsigned shift = 8 * (access.offset % 4);
  if (found == nullptr) {
    if (!access.debug) {
      notes_.unmodelled(name_, fmt::format("+0x{:03X}", access.offset), access.address, false, 0);
    }
    return 0;
  }
  if (!found->readable_) return 0;
  if (access.debug) return found->value_ >> shift;
  const std::uint32_t value = found->on_read_ ? found->on_read_() : found->value_;
  if (found->unimplemented_) {
    notes_.unmodelled(name_, found->name_, access.address, false, value);
  }
  return (value >> shift) & mask(access.size);
}

void RegisterFile::write(const BusAccess& access, std::uint32_t value) {
  Register* found = find(access.offset);
  if (found == nullptr) {
    if (!access.debug) {
      notes_.unmodelled(name_, fmt::format("+0x{:03X}", access.offset), access.address, true,
                        value);
    }
    return;
  }
  // Narrow stores change their own byte lanes only.
  const unsigned shift = 8 * (access.offset % 4);
  const std::uint32_t lanes = mask(access.size) << shift;
  const std::uint32_t written = (value << shift) & lanes;
  if (found->unimplemented_ && !access.debug) {
    notes_.unmodelled(name_, found->name_, access.address, true, value);
  }
  if (!found->writable_) return;
  const std::uint32_t writable = found->writable_mask() & lanes;
  if (found->trigger_) {
    // nothing is stored
  } else if (found->write_one_to_clear_) {
    found->value_ &= ~(written & writable);
  } else {
    found->value_ = (found->value_ & ~writable) | (written & writable);
  }
  if (access.debug) return;
  for (const auto& field : found->fields_) {
    if (field.unimplemented && (written & field.mask) != 0) {
      notes_.unmodelled(name_, found->name_ + "." + field.name, access.address, true, value);
    }
  }
  if (!found->on_write_) return;
  const bool own_lanes_only = found->write_one_to_clear_ || found->trigger_;
  found->on_write_(own_lanes_only ? written : (found->value_ & ~lanes) | written);
}

void RegisterFile::reset() {
  for (auto& entry : registers_) entry->value_ = entry->reset_value_;
}

void RegisterFile::snapshot(StateArchive& archive) {
  for (auto& entry : registers_) archive(entry->value_);
}

}  // namespace tinyscope

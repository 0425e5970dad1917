// Bit-band alias: each word of the alias stands for one bit of the first megabyte of SRAM or of the
// peripherals (Cortex-M4 TRM, DDI 0439D, 3.7). A write is a read-modify-write of that place.
#pragma once

#include "sim/bus.hpp"

namespace tinyscope {

class BitBand final : public BusTarget {
 public:
  BitBand(Bus& bus, Address region) : bus_(bus), region_(region) {}

  std::uint32_t read(const BusAccess& access) override {
    const Place place = find(access);
    const BusReply reply = bus_.read(place.address, access.size, access.now, access.debug);
    return reply.value >> place.bit & 1u;
  }
  void write(const BusAccess& access, std::uint32_t value) override {
    const Place place = find(access);
    const std::uint32_t old = bus_.read(place.address, access.size, access.now, access.debug).value;
    const std::uint32_t mask = 1u << place.bit;
    bus_.write(place.address, access.size, (value & 1u) != 0 ? old | mask : old & ~mask, access.now,
               access.debug);
  }

 private:
  struct Place {
    Address address;
    unsigned bit;
  };
  // The bit is reached with an access of the size that the core used.
  Place find(const BusAccess& access) const {
    const Address bit = access.offset / 4;
    const unsigned bits = 8 * bytes(access.size);
    return {region_ + bit / bits * bytes(access.size), bit % bits};
  }

  Bus& bus_;
  Address region_;
};

}  // namespace tinyscope

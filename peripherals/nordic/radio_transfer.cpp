// RADIO: a packet, sent or received, from its first bit to its last.

#include "peripherals/nordic/radio.hpp"

namespace tinyscope::nordic::radio {
namespace {

constexpr unsigned kMapLowMhz = 2360;  // FREQUENCY.MAP
constexpr unsigned kMapDefaultMhz = 2400;

unsigned carrier_mhz(std::uint32_t frequency) {
  return ((frequency >> 8 & 1u) != 0 ? kMapLowMhz : kMapDefaultMhz) + (frequency & 0x7Fu);
}

}  // namespace

PacketFormat Radio::format() const {
  return {active_mode_,     pcnf0_->value(),   pcnf1_->value(),
          crccnf_->value(), crcpoly_->value(), crcinit_->value()};
}

// What the events of a received packet lag behind the air.
Duration Radio::chain() const {
  if (!receiving()) return {};
  const bool fast = active_mode_ == kNrf2Mbit || active_mode_ == kBle2Mbit;
  return fast ? times_.receive_chain_2m : times_.receive_chain_1m;
}

std::uint64_t Radio::logical_address(unsigned n) const {
  const std::uint32_t prefixes = prefix_[n / 4]->value();
  return format().address(base_[n == 0 ? 0 : 1]->value(),
                          static_cast<std::uint8_t>(prefixes >> 8 * (n % 4)));
}

void Radio::begin_packet(TimePoint first_bit) {
  first_bit_ = first_bit;
  truncated_ = false;
  packet_.clear();
  if (transmitting()) active_packet_ = packetptr_->value();
  if (receiving()) {
    at_offset(Step::kSync, format().preamble());
  } else {
    at_offset(Step::kAddress, format().to_address());
  }
}

void Radio::abandon_packet() {
  step_ = Step::kNone;
  step_event_.cancel();
  stop_bit_counter();
}

void Radio::at_offset(Step step, Duration after) {
  step_ = step;
  step_event_.at(now() + after);
}

std::optional<unsigned> Radio::match(const AirPacket& packet) const {
  if (format().ieee()) return 0;  // the SFD stands for an address
  for (unsigned n = 0; n < 8; ++n) {
    if ((rxaddresses_->value() >> n & 1u) != 0 && logical_address(n) == packet.address) return n;
  }
  return std::nullopt;
}

bool Radio::on_air(const AirPacket& packet) {
  if (!receiving() || step_ != Step::kNone) return false;
  if (packet.mode != active_mode_ || packet.mhz != carrier_mhz(active_frequency_)) return false;
  if (!match(packet) || !format().to_ram(packet.pdu)) return false;
  heard_ = packet;
  begin_packet(now() + chain());
  step_event_.at(first_bit_ + format().preamble());
  return true;
}

void Radio::on_step() {
  switch (step_) {
    case Step::kNone: return;
    case Step::kSync:
      at_offset(Step::kAddress, Duration{format().to_address().ps - format().preamble().ps});
      return raise(kEventSync);
    case Step::kAddress:
      if (receiving()) rxmatch_->set(match(heard_).value_or(0));
      at_offset(Step::kHeader, format().to_header());
      return raise(kEventAddress);
    case Step::kHeader: return on_header();
    case Step::kPayload: return on_payload();
    case Step::kEnd: return on_end();
    case Step::kPhyEnd: return finish();
  }
}

// The header decides how long the packet is; a longer one than MAXLEN is cut off when received.
// Cordio's driver sends with MAXLEN 0, so that the limit does not count there. The header passes
// through RAM at this time since CCM works on the packet meanwhile.
void Radio::on_header() {
  const PacketFormat layout = format();
  const unsigned header = layout.ram_header();
  unsigned bytes = 0;
  if (transmitting()) {
    packet_.assign(header, 0);
    dma_.read(active_packet_, packet_);
    bytes = layout.payload(packet_);
    packet_.resize(header + bytes);
  } else {
    packet_ = layout.to_ram(heard_.pdu).value_or(std::vector<std::uint8_t>(header));
    truncated_ = packet_.size() > header + layout.max_payload();
    if (truncated_) packet_.resize(header + layout.max_payload());
    bytes = static_cast<unsigned>(packet_.size()) - header;
    dma_.write(active_packet_, std::span(packet_).first(header));
  }
  at_offset(Step::kPayload, layout.to_payload(bytes));
  if (layout.ieee()) raise(kEventFrameStart);
}

void Radio::on_payload() {
  if (transmitting()) {
    dma_.read(active_packet_, packet_);
  } else {
    dma_.write(active_packet_, packet_);
    pdustat_->set(truncated_ ? 1 : 0);
    match_device();
  }
  at_offset(Step::kEnd, format().to_end());
  raise(kEventPayload);
}

// PS, "Device address match": TxAdd is bit 6 of S0, the address begins after the header.
void Radio::match_device() {
  if ((dacnf_->value() & 0xFFu) == 0) return;
  const unsigned header = format().ram_header();
  if (packet_.size() < header + 6) return;
  std::uint64_t address = 0;
  for (unsigned i = 0; i < 6; ++i) address |= std::uint64_t{packet_[header + i]} << 8 * i;
  const std::uint32_t txadd = packet_[0] >> 6 & 1u;
  for (unsigned n = 0; n < 8; ++n) {
    const bool enabled = (dacnf_->value() >> n & 1u) != 0;
    const std::uint64_t wanted = std::uint64_t{dap_[n]->value()} << 32 | dab_[n]->value();
    if (!enabled || wanted != address || (dacnf_->value() >> (8 + n) & 1u) != txadd) continue;
    dai_->set(n);
    return raise(kEventDevMatch);
  }
  raise(kEventDevMiss);
}

void Radio::check_crc() {
  rxcrc_->set(heard_.crc);
  const bool ok = !truncated_ && format().crc(heard_.address, packet_) == heard_.crc;
  crcstatus_->set(ok ? 1 : 0);
  raise(ok ? kEventCrcOk : kEventCrcError);
}

void Radio::on_end() {
  stop_bit_counter();
  last_bit_ = {now().ps - chain().ps};
  if (transmitting()) {
    const std::uint64_t address = logical_address(txaddress_->value());
    air_.transmit({.mhz = carrier_mhz(active_frequency_),
                   .mode = active_mode_,
                   .address = format().ieee() ? 0 : address,
                   .pdu = format().to_air(packet_),
                   .crc = format().crc(address, packet_)},
                  first_bit_);
  } else {
    check_crc();
  }
  const Duration rest = format().to_phyend();
  if (rest.ps == 0) return finish();
  at_offset(Step::kPhyEnd, rest);
  raise(kEventEnd);
}

// PHYEND belongs to the modes with something behind the CRC, and to 802.15.4.
void Radio::finish() {
  const bool had_end = step_ == Step::kPhyEnd;
  const bool with_phyend = had_end || format().ieee();
  last_bit_ = {now().ps - chain().ps};
  abandon_packet();
  enter(transmitting() ? State::kTxIdle : State::kRxIdle);
  if (!had_end) raise(kEventEnd);
  if (with_phyend) raise(kEventPhyEnd);
}

}  // namespace tinyscope::nordic::radio

// Endpoints 1 to 7 (bulk and interrupt) and 8 (isochronous). PS, "Bulk and interrupt transactions",
// "Isochronous transactions".
#include <algorithm>

#include "peripherals/nordic/usbd.hpp"

namespace tinyscope::nordic {

using namespace usbd;

void Usbd::define_endpoints() {
  add_event(kEpData, "EVENTS_EPDATA");
  registers_.array(kHaltedEpIn, kEndpoints, 4, "HALTED.EPIN",
                   [this](RegisterFile::Register& added, unsigned n) {
                     added.read_only().on_read([this, n] { return in_[n].stalled ? 1u : 0u; });
                   });
  registers_.array(kHaltedEpOut, kEndpoints, 4, "HALTED.EPOUT",
                   [this](RegisterFile::Register& added, unsigned n) {
                     added.read_only().on_read([this, n] { return out_[n].stalled ? 1u : 0u; });
                   });
  epstatus_ = &registers_.add(kEpStatus, "EPSTATUS").write_one_to_clear();
  epdatastatus_ = &registers_.add(kEpDataStatus, "EPDATASTATUS").write_one_to_clear();
  registers_.array(kSizeEpOut, kEndpoints, 4, "SIZE.EPOUT",
                   [this](RegisterFile::Register& added, unsigned n) {
                     size_epout_[n] = &added.field(0, 7, "SIZE").on_write([this, n](std::uint32_t) {
                       if (n != 0) accept_out(n);
                     });
                   });
  size_isoout_ = &registers_.add(kSizeIsoOut, "SIZE.ISOOUT").reset(kZeroData).read_only();
  registers_.add(kDtoggle, "DTOGGLE")
      .on_write([this](std::uint32_t value) { select_toggle(value); })
      .on_read([this] {
        const unsigned n = toggle_selected_ & 7u;
        const bool data1 = (toggle_selected_ & kSelectIn) != 0 ? in_[n].data1 : out_[n].data1;
        return toggle_selected_ | (data1 ? 2u : 1u) << 8;
      });
  const auto enabled = [this](std::uint32_t) { enabled_endpoints_changed(); };
  epinen_ = &registers_.add(kEpInEn, "EPINEN").reset(1).field(0, 9, "IN").on_write(enabled);
  epouten_ = &registers_.add(kEpOutEn, "EPOUTEN").reset(1).field(0, 9, "OUT").on_write(enabled);
  registers_.add(kEpStall, "EPSTALL").write_only().on_write([this](std::uint32_t value) {
    select_stall(value);
  });
  isosplit_ = &registers_.add(kIsoSplit, "ISOSPLIT").field(0, 16, "SPLIT");
  isoinconfig_ = &registers_.add(kIsoInConfig, "ISOINCONFIG").flag(0, "RESPONSE");
}

// "Nop" selects an endpoint for reading; Data0 and Data1 set what it sends or expects next.
void Usbd::select_toggle(std::uint32_t value) {
  toggle_selected_ = value & (kSelectIn | 7u);
  const std::uint32_t set = value >> 8 & 3u;
  if (set != 1 && set != 2) return;
  const unsigned n = value & 7u;
  ((value & kSelectIn) != 0 ? in_[n].data1 : out_[n].data1) = set == 2;
}

void Usbd::select_stall(std::uint32_t value) {
  const unsigned n = value & 7u;
  ((value & kSelectIn) != 0 ? in_[n].stalled : out_[n].stalled) = (value & kStall) != 0;
  answer_may_change();
}

// Switching an IN endpoint off takes its data back, which drivers rely on (arduino/mbed-os,
// USBPhy_Nordic.cpp, endpoint_unstall()).
void Usbd::enabled_endpoints_changed() {
  for (unsigned n = 1; n < kEndpoints; ++n) {
    if ((epinen_->value() >> n & 1u) == 0) in_[n].ready = false;
    if ((epouten_->value() >> n & 1u) == 0) out_[n].accepts = false;
  }
  answer_may_change();
}

// The first packet needs SIZE.EPOUT to be written, later ones the end of EasyDMA of the one before.
void Usbd::accept_out(unsigned endpoint) {
  size_epout_[endpoint]->set(0);
  out_[endpoint].size = 0;
  out_[endpoint].accepts = true;
  answer_may_change();
}

void Usbd::data_done(unsigned bit) {
  epdatastatus_->set(epdatastatus_->value() | 1u << bit);
  raise(kEpData);
}

usb::Reply Usbd::out(usb::Token token, const usb::Packet& packet) {
  const unsigned n = token.endpoint;
  if (!responds(token)) return usb::Reply::kSilence;
  if (n == 0) return control_out(packet);
  if (n > kIsoEndpoint || (epouten_->value() >> n & 1u) == 0) return usb::Reply::kSilence;
  if (n == kIsoEndpoint) return iso_out(packet);
  OutEndpoint& endpoint = out_[n];
  if (endpoint.stalled) return usb::Reply::kStall;
  if (packet.data1 != endpoint.data1) return usb::Reply::kAck;  // a repetition is dropped
  if (!endpoint.accepts) return usb::Reply::kNak;
  const std::size_t bytes = std::min<std::size_t>(packet.data.size(), kPacketBytes);
  std::copy_n(packet.data.begin(), bytes, endpoint.buffer.begin());
  endpoint.size = static_cast<std::uint8_t>(bytes);
  endpoint.accepts = false;
  endpoint.data1 = !endpoint.data1;
  size_epout_[n]->set(static_cast<std::uint32_t>(bytes));
  data_done(kOutBit + n);
  return usb::Reply::kAck;
}

usb::Reply Usbd::in(usb::Token token, usb::Packet& packet) {
  const unsigned n = token.endpoint;
  packet.data.clear();
  if (!responds(token)) return usb::Reply::kSilence;
  if (n == 0) return control_in(packet);
  if (n > kIsoEndpoint || (epinen_->value() >> n & 1u) == 0) return usb::Reply::kSilence;
  if (n == kIsoEndpoint) return iso_in(packet);
  const InEndpoint& endpoint = in_[n];
  if (endpoint.stalled) return usb::Reply::kStall;
  if (!endpoint.ready) return usb::Reply::kNak;
  packet.data1 = endpoint.data1;
  packet.data.assign(endpoint.buffer.begin(), endpoint.buffer.begin() + endpoint.size);
  return usb::Reply::kAck;
}

void Usbd::in_acknowledged(usb::Token token) {
  const unsigned n = token.endpoint;
  if (n == 0) {
    control_in_acknowledged();
  } else if (n < kEndpoints && in_[n].ready) {
    in_[n].ready = false;
    in_[n].data1 = !in_[n].data1;
    data_done(n);
  }
}

usb::Reply Usbd::iso_out(const usb::Packet& packet) {
  const std::size_t bytes = std::min<std::size_t>(packet.data.size(), iso_capacity());
  std::copy_n(packet.data.begin(), bytes, iso_out_receiving_.bytes.begin());
  iso_out_receiving_.size = static_cast<std::uint32_t>(bytes);
  iso_out_receiving_.filled = true;
  return usb::Reply::kAck;
}

usb::Reply Usbd::iso_in(usb::Packet& packet) {
  packet.data1 = false;
  if (iso_in_sending_.filled) {
    packet.data.assign(iso_in_sending_.bytes.begin(),
                       iso_in_sending_.bytes.begin() + iso_in_sending_.size);
    iso_in_sending_.filled = false;
    return usb::Reply::kAck;
  }
  return isoinconfig_->value() != 0 ? usb::Reply::kAck : usb::Reply::kSilence;
}

// Start of frame: the buffers change sides.
void Usbd::iso_frame() {
  if (((epinen_->value() | epouten_->value()) >> kIsoEndpoint & 1u) == 0) return;
  iso_in_sending_ = iso_in_next_;
  iso_in_next_.filled = false;
  iso_out_done_ = iso_out_receiving_;
  iso_out_receiving_.filled = false;
  const bool zero = iso_out_done_.filled && iso_out_done_.size == 0;
  size_isoout_->set(zero ? kZeroData : iso_out_done_.filled ? iso_out_done_.size : 0);
}

}  // namespace tinyscope::nordic

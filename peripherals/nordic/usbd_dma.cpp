// EasyDMA between Data RAM and the buffers of the endpoints. PS, "EasyDMA".
#include <algorithm>
#include <span>

#include "peripherals/nordic/usbd.hpp"

namespace tinyscope::nordic {

using namespace usbd;

void Usbd::define_dma() {
  add_event(kStarted, "EVENTS_STARTED");
  const auto define = [this](Transfer& transfer, Address offset, const std::string& name,
                             unsigned bits) {
    transfer.ptr = &registers_.add(offset, name + ".PTR");
    transfer.maxcnt = &registers_.add(offset + 4, name + ".MAXCNT").field(0, bits, "MAXCNT");
    transfer.amount = &registers_.add(offset + 8, name + ".AMOUNT").read_only();
  };
  for (unsigned n = 0; n < kEndpoints; ++n) {
    add_task(kStartEpIn + 4 * n, fmt::format("TASKS_STARTEPIN[{}]", n),
             [this, n] { start_dma(Direction::kIn, n); });
    add_task(kStartEpOut + 4 * n, fmt::format("TASKS_STARTEPOUT[{}]", n),
             [this, n] { start_dma(Direction::kOut, n); });
    add_event(kEndEpIn + 4 * n, fmt::format("EVENTS_ENDEPIN[{}]", n));
    add_event(kEndEpOut + 4 * n, fmt::format("EVENTS_ENDEPOUT[{}]", n));
    define(dma_in_[n], kEpIn + 0x14 * n, fmt::format("EPIN[{}]", n), 7);
    define(dma_out_[n], kEpOut + 0x14 * n, fmt::format("EPOUT[{}]", n), 7);
  }
  add_task(kStartIsoIn, "TASKS_STARTISOIN", [this] { start_dma(Direction::kIn, kIsoEndpoint); });
  add_task(kStartIsoOut, "TASKS_STARTISOOUT", [this] { start_dma(Direction::kOut, kIsoEndpoint); });
  add_event(kEndIsoIn, "EVENTS_ENDISOIN");
  add_event(kEndIsoOut, "EVENTS_ENDISOOUT");
  define(dma_in_[kIsoEndpoint], kIsoIn, "ISOIN", 10);
  define(dma_out_[kIsoEndpoint], kIsoOut, "ISOOUT", 10);
  add_short(0, "EP0DATADONE_STARTEPIN0", kEp0DataDone, kStartEpIn);
  add_short(1, "EP0DATADONE_STARTEPOUT0", kEp0DataDone, kStartEpOut);
  add_short(2, "EP0DATADONE_EP0STATUS", kEp0DataDone, kEp0Status);
  add_short(3, "ENDEPOUT0_EP0STATUS", kEndEpOut, kEp0Status);
  add_short(4, "ENDEPOUT0_EP0RCVOUT", kEndEpOut, kEp0RcvOut);
}

// The isochronous buffer serves one direction, or half of it each.
std::uint32_t Usbd::iso_capacity() const {
  return isosplit_->value() == kHalfIn ? (kIsoBytes + 1) / 2 : kIsoBytes;
}

void Usbd::start_dma(Direction direction, unsigned endpoint) {
  if (!active_) return;
  const Transfer& registers = (direction == Direction::kIn ? dma_in_ : dma_out_)[endpoint];
  if (dma_busy_) {
    notes_.unmodelled(name_, "EasyDMA started while it is busy", registers.ptr->value(), true,
                      endpoint);
    return;
  }
  dma_busy_ = true;
  dma_direction_ = direction;
  dma_endpoint_ = endpoint;
  dma_address_ = registers.ptr->value();
  dma_length_ = registers.maxcnt->value();
  const std::uint32_t capacity = endpoint == kIsoEndpoint ? iso_capacity() : kPacketBytes;
  if (dma_length_ > capacity) {
    notes_.unmodelled(name_, "MAXCNT beyond the endpoint's buffer", dma_address_, true,
                      dma_length_);
    dma_length_ = capacity;
  }
  if (direction == Direction::kOut) {
    const std::uint32_t received =
        endpoint == kIsoEndpoint ? iso_out_done_.size : out_[endpoint].size;
    dma_length_ = std::min(dma_length_, received);
  }
  epstatus_->set(epstatus_->value() |
                 1u << (direction == Direction::kIn ? endpoint : kOutBit + endpoint));
  dma_end_.after(byte_time_ * std::max(dma_length_, 1u));
  raise(kStarted);
}

void Usbd::end_dma() {
  dma_busy_ = false;
  if (dma_direction_ == Direction::kIn) {
    end_dma_in(dma_endpoint_);
  } else {
    end_dma_out(dma_endpoint_);
  }
  answer_may_change();
}

void Usbd::end_dma_in(unsigned endpoint) {
  dma_in_[endpoint].amount->set(dma_length_);
  if (endpoint == kIsoEndpoint) {
    dma_.read(dma_address_, std::span(iso_in_next_.bytes).first(dma_length_));
    iso_in_next_.size = dma_length_;
    iso_in_next_.filled = true;
    raise(kEndIsoIn);
    return;
  }
  InEndpoint& to = in_[endpoint];
  dma_.read(dma_address_, std::span(to.buffer).first(dma_length_));
  to.size = static_cast<std::uint8_t>(dma_length_);
  to.ready = true;
  raise(kEndEpIn + 4 * endpoint);
}

void Usbd::end_dma_out(unsigned endpoint) {
  dma_out_[endpoint].amount->set(dma_length_);
  if (endpoint == kIsoEndpoint) {
    dma_.write(dma_address_, std::span(iso_out_done_.bytes).first(dma_length_));
    raise(kEndIsoOut);
    return;
  }
  dma_.write(dma_address_, std::span(out_[endpoint].buffer).first(dma_length_));
  if (endpoint != 0) out_[endpoint].accepts = true;
  raise(kEndEpOut + 4 * endpoint);
}

}  // namespace tinyscope::nordic

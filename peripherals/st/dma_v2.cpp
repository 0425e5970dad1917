#include "peripherals/st/dma_v2.hpp"

#include <fmt/format.h>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/st/dma_v2_registers.hpp"

namespace tinyscope::st {

using namespace dma_v2;

DmaStreams::DmaStreams(PeripheralContext& context, Requests requests)
    : WiredBlock(context),
      memory_to_memory_(context.params.boolean("memory_to_memory").value_or(true)),
      port_cycles_(assumed_parameter(context, "port_cycles", 4,
                                     "HCLK cycles of an item on one port of the DMA: arbitration, "
                                     "address, bus matrix, transfer",
                                     "AN4031 (STM32F4), DMA latencies: estimate for other chips")),
      beat_cycles_(assumed_parameter(context, "beat_cycles", 1,
                                     "HCLK cycles of each further item of a burst",
                                     "AN4031: estimate")),
      peripheral_cycles_(assumed_parameter(context, "peripheral_cycles", 2,
                                           "HCLK cycles that an item from or to a peripheral takes "
                                           "more",
                                           "AN4031: estimate")),
      unreachable_names_(context.params.strings("unreachable")),
      hclk_(context.clocks.signal(context.params.string("clock").value_or("hclk"))),
      clock_(hclk_.hz()),
      end_(context.scheduler, [this] { finish(); }) {
  const auto flags = [this](Address status_at, Address clear_at, const char* status_name,
                            const char* clear_name, unsigned first) {
    registers_.add(status_at, status_name).read_only().on_read([this, first] {
      return status(first);
    });
    registers_.add(clear_at, clear_name)
        .write_only()
        .trigger()
        .on_write([this, first](std::uint32_t bits) { clear_flags(first, bits); });
  };
  flags(kLisr, kLifcr, "LISR", "LIFCR", 0);
  flags(kHisr, kHifcr, "HISR", "HIFCR", 4);
  for (unsigned i = 0; i < kStreams; ++i) define_stream(i, requests);
  hclk_.on_change([this](std::uint64_t hz) { clock_changed(hz); });
}

void DmaStreams::define_stream(unsigned index, Requests requests) {
  Stream& own = streams_[index];
  const Address base = kStream0 + index * kStreamStride;
  const auto add = [&](Address offset, std::string_view name) -> Register& {
    return registers_.add(base + offset, fmt::format("S{}{}", index, name));
  };
  const bool mux = requests == Requests::kMux;
  own.cr = &add(0x00, "CR")
                .field(0, 5, "EN, DMEIE, TEIE, HTIE, TCIE")
                .unimplemented(5, 1, "PFCTRL")
                .field(kDirBit, 9, "DIR, CIRC, PINC, MINC, PSIZE, MSIZE")
                .unimplemented(15, 1, "PINCOS")
                .field(kPlBit, 4, "PL, DBM, CT")
                .field(kPburstBit, 4, "PBURST, MBURST")
                .on_write([this, &own](std::uint32_t) { write_cr(own); });
  if (mux) {
    own.cr->flag(20,
                 "TRBUFF");  // RM0455: for UARTs behind a buffer, whose requests here are levels
  } else {
    own.cr->field(kChselBit, 3, "CHSEL");
  }
  // RM0385, SxNDTR and SxPAR: write-protected while EN is 1.
  own.ndtr = &add(0x04, "NDTR").trigger().on_write([&own](std::uint32_t value) {
    if (own.enabled) return;
    own.programmed = value & 0xFFFFu;
    own.ndtr->set(own.programmed);
  });
  own.par = &add(0x08, "PAR").trigger().on_write([&own](std::uint32_t value) {
    if (!own.enabled) own.par->set(value);
  });
  for (unsigned i = 0; i < 2; ++i) {
    own.mar[i] = &add(0x0C + 4 * i, fmt::format("M{}AR", i));
    own.mar[i]->trigger().on_write(
        [this, &own, i](std::uint32_t value) { write_mar(own, i, value); });
  }
  own.fcr = &add(0x14, "FCR");
  own.fcr->reset(kFcrReset)
      .trigger()
      .on_write([this, &own](std::uint32_t value) { write_fcr(own, value); })
      .on_read([this, &own] { return fifo_control(own); });
  for (unsigned i = 0; i < (mux ? 1 : kChannels); ++i) {
    Request& request = own.requests[i];
    request.wire =
        &add_wire(mux ? fmt::format("request{}", index) : fmt::format("s{}c{}", index, i));
    request.wire->connect([this, &own, &request](bool level) { requested(own, request, level); });
  }
  if (mux) own.acknowledge = &add_wire(fmt::format("acknowledge{}", index));
  own.irq = &add_wire(fmt::format("s{}", index));
  own.last = &add_wire(fmt::format("last{}", index));
}

// RM0385, SxCR: while EN is 1 only it and the interrupt enables can be written.
void DmaStreams::write_cr(Stream& stream) {
  if (stream.enabled) {
    stream.cr->set((stream.cr->value() & kLiveBits) | (stream.old_cr & ~kLiveBits));
  }
  const bool wanted = (stream.cr->value() & kEn) != 0;
  if (wanted && !stream.enabled) enable(stream);
  if (!wanted && stream.enabled) disable(stream);
  stream.old_cr = stream.cr->value();
  update_interrupt(stream);
  start();
}

// RM0385, "Double-buffer mode": the address that is not in use can be written.
void DmaStreams::write_mar(Stream& stream, unsigned buffer, std::uint32_t value) {
  const std::uint32_t cr = stream.cr->value();
  const unsigned in_use = (cr & kCt) != 0 ? 1 : 0;
  if (stream.enabled && ((cr & kDbm) == 0 || buffer == in_use)) return;
  stream.mar[buffer]->set(value);
}

void DmaStreams::write_fcr(Stream& stream, std::uint32_t value) {
  const std::uint32_t kept =
      stream.enabled ? stream.fcr->value() & (kFth | kDmdis) : value & (kFth | kDmdis);
  stream.fcr->set(kept | (value & kFeie));
  update_interrupt(stream);
}

void DmaStreams::enable(Stream& stream) {
  const std::uint32_t cr = stream.cr->value();
  const std::uint32_t dir = cr >> kDirBit & 3u;
  if (dir == kMemoryToMemory && !memory_to_memory_) {
    notes_.unmodelled(name_, "memory to memory, which this controller cannot do", 0, true, cr);
  }
  stream.enabled = true;
  stream.level = 0;
  for (Request& request : stream.requests) request.pending = false;
  // RM0385, "FIFO threshold and burst configuration": a memory burst must fit the threshold a whole
  // number of times, or the FIFO error comes and the stream is disabled at once.
  const std::uint32_t burst = memory_beats(stream) * bytes(memory_size(stream));
  if (!direct(stream) && threshold(stream) % burst != 0) {
    stream.flags |= kFeif;
    stream.cr->set(cr & ~kEn);
    stream.enabled = false;
    return;
  }
  begin_transfer(stream);
}

// RM0385, "DMA transfer suspension": what the FIFO holds is written before the stream stops; TCIF
// shows that it has. NDTR tells what was left.
void DmaStreams::disable(Stream& stream) {
  while (!from_memory(stream) && stream.level >= bytes(memory_size(stream)) && stream.enabled) {
    move_memory(stream);
  }
  stream.level = 0;
  stream.enabled = false;
  stream.cr->set(stream.cr->value() & ~kEn);
  stream.flags |= kTcif;
}

// A request without duration is one that the peripheral holds until it is served; one that ends
// later without having been served was withdrawn.
void DmaStreams::requested(Stream& stream, Request& request, bool level) {
  if (level) {
    request.rose = now();
    request.pending = stream.enabled && &request == &request_of(stream);
    start();
  } else if (request.rose != now()) {
    request.pending = false;
  }
}

DmaStreams::Request& DmaStreams::request_of(Stream& stream) const {
  const bool mux = stream.requests[1].wire == nullptr;
  return stream.requests[mux ? 0 : stream.cr->value() >> kChselBit & 7u];
}

std::uint32_t DmaStreams::status(unsigned first) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= streams_[first + i].flags << kFlagBit[i];
  return value;
}

void DmaStreams::clear_flags(unsigned first, std::uint32_t bits) {
  for (unsigned i = 0; i < 4; ++i) {
    Stream& stream = streams_[first + i];
    stream.flags &= ~(bits >> kFlagBit[i] & kFlags);
    update_interrupt(stream);
  }
}

// RM0385, SxFCR.FS: 100 empty, 101 full, else quarters.
std::uint32_t DmaStreams::fifo_control(const Stream& stream) const {
  const std::uint32_t state = stream.level == 0            ? 4
                              : stream.level == kFifoBytes ? 5
                                                           : stream.level / (kFifoBytes / 4);
  return (stream.fcr->value() & ~(7u << kFsBit)) | state << kFsBit;
}

// The enables of CR stand one position below their flags.
void DmaStreams::update_interrupt(Stream& stream) {
  const std::uint32_t enables = (stream.cr->value() & (kTeie | kHtie | kTcie)) << 1;
  const bool fifo = (stream.fcr->value() & kFeie) != 0 && (stream.flags & kFeif) != 0;
  stream.irq->set((stream.flags & enables) != 0 || fifo);
}

void DmaStreams::reset_state(ResetKind) {
  end_.cancel();
  busy_ = false;
  draw(false);
  for (Stream& stream : streams_) {
    stream.enabled = stream.draining = false;
    stream.old_cr = stream.flags = stream.programmed = stream.level = 0;
    for (Request& request : stream.requests) request.pending = false;
    update_interrupt(stream);
  }
}

void DmaStreams::snapshot_state(StateArchive& archive) {
  clock_.snapshot(archive);
  for (Stream& stream : streams_) {
    for (Request& request : stream.requests) archive(request.pending, request.rose.ps);
    archive(stream.enabled, stream.old_cr, stream.flags, stream.programmed, stream.peripheral,
            stream.memory, stream.memory_left, stream.fifo, stream.level, stream.draining);
  }
  archive(busy_, current_.stream, current_.side, end_tick_);
  end_.snapshot(archive);
}

namespace {

const PeripheralType kType("st.dma_v2", [](PeripheralContext& context) {
  return std::make_unique<DmaStreams>(context, DmaStreams::Requests::kChannels);
});
const PeripheralType kMuxType("st.dma_h7", [](PeripheralContext& context) {
  return std::make_unique<DmaStreams>(context, DmaStreams::Requests::kMux);
});

}  // namespace
}  // namespace tinyscope::st

// USBD: full-speed USB device controller. nRF52840 PS, chapter "USBD — Universal serial bus
// device".
//
// Port "usb" (usb::Function) is the connector. Parameters: `start_us` from ENABLE to READY,
// `dma_byte_ns` that EasyDMA takes for a byte.
//
// The controller answers its host only while ENABLE is set, HFXO runs and the 3.3 V regulator of
// POWER is ready (PS, "USB pins", "Entering suspend"). Each endpoint has a buffer of its own;
// EasyDMA moves it from or to Data RAM, one transfer at a time.
//
// Not modelled: line errors, so EVENTCAUSE.ISOOUTCRC never comes; tasks lost during EasyDMA
// (erratum 199), unless they start EasyDMA (reported); what registers read while the controller is
// off or in low-power mode; DPDMVALUE J.
#pragma once

#include <array>

#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/nordic_block.hpp"
#include "peripherals/nordic/usbd_registers.hpp"
#include "peripherals/usb/usb_link.hpp"

namespace tinyscope::nordic {

class Usbd final : public NordicBlock, private usb::Function {
 public:
  explicit Usbd(PeripheralContext& context);
  Port* port(std::string_view name) override {
    return name == "usb" ? static_cast<usb::Function*>(this) : nullptr;
  }

 private:
  enum class Direction : std::uint8_t { kIn, kOut };

  // usbd.cpp: the connector, enabling, suspend
  void define_registers();
  void define_core_registers();
  void enable_changed();
  void start_when_powered();
  void started();
  void lines_changed();
  void clear_endpoints();
  void report_power();
  void cause(std::uint32_t bit);
  bool responds(usb::Token token);
  void answer_may_change() const;
  void set_vbus(bool present) override;
  void bus_reset() override;
  void start_of_frame(unsigned number) override;
  void bus_idle() override;
  void bus_resume() override;
  void suspended();
  void low_power_changed();
  void drive();
  void drive_step();

  // usbd_endpoints.cpp: data endpoints and their registers
  void define_endpoints();
  usb::Reply setup(usb::Token token, const usb::SetupBytes& bytes) override;
  usb::Reply out(usb::Token token, const usb::Packet& packet) override;
  usb::Reply in(usb::Token token, usb::Packet& packet) override;
  void in_acknowledged(usb::Token token) override;
  usb::Reply iso_out(const usb::Packet& packet);
  usb::Reply iso_in(usb::Packet& packet);
  void iso_frame();
  void data_done(unsigned bit);
  void select_toggle(std::uint32_t value);
  void select_stall(std::uint32_t value);
  void enabled_endpoints_changed();
  void accept_out(unsigned endpoint);

  // usbd_control.cpp: endpoint 0
  void define_control();
  usb::Reply control_out(const usb::Packet& packet);
  usb::Reply control_in(usb::Packet& packet);
  void control_in_acknowledged();
  bool control_reads() const { return (setup_[0] & 0x80u) != 0; }
  bool control_has_data() const { return (setup_[6] | setup_[7]) != 0; }

  // usbd_dma.cpp
  void define_dma();
  void start_dma(Direction direction, unsigned endpoint);
  void end_dma();
  void end_dma_in(unsigned endpoint);
  void end_dma_out(unsigned endpoint);
  std::uint32_t iso_capacity() const;

  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  EasyDma dma_;
  Duration start_time_{};
  Duration byte_time_{};

  // The connector
  Wire& vbus_line_;
  Wire& enabled_line_;
  Wire& regulator_line_;
  Wire& hfxo_line_;
  RegisterFile::Register* enable_ = nullptr;
  RegisterFile::Register* pullup_ = nullptr;
  RegisterFile::Register* eventcause_ = nullptr;
  RegisterFile::Register* usbaddr_ = nullptr;
  RegisterFile::Register* dpdmvalue_ = nullptr;
  RegisterFile::Register* lowpower_ = nullptr;
  RegisterFile::Register* core_index_ = nullptr;
  bool active_ = false;  // READY has come
  bool attached_ = false;
  bool suspended_ = false;
  bool driving_k_ = false;
  bool reported_clock_ = false;
  std::uint32_t frame_ = 0;
  TimePoint idle_since_{};
  Event start_;
  Event suspend_;
  Event wake_allowed_;
  Event drive_;

  // Endpoints
  struct InEndpoint {
    bool ready = false;  // the buffer waits for the host
    bool stalled = false;
    bool data1 = false;  // PID of the next packet
    std::uint8_t size = 0;
    std::array<std::uint8_t, usbd::kPacketBytes> buffer{};
  };
  struct OutEndpoint {
    bool accepts = false;  // the buffer is free for the host
    bool stalled = false;
    bool data1 = false;
    std::uint8_t size = 0;
    std::array<std::uint8_t, usbd::kPacketBytes> buffer{};
  };
  struct IsoBuffer {
    bool filled = false;
    std::uint32_t size = 0;
    std::array<std::uint8_t, usbd::kIsoBytes> bytes{};
    void snapshot(StateArchive& archive) { archive(filled, size, bytes); }
  };
  std::array<InEndpoint, usbd::kEndpoints> in_{};
  std::array<OutEndpoint, usbd::kEndpoints> out_{};
  // PS, "Isochronous transactions": double buffered, what EasyDMA moves belongs to the frame after
  // (IN) or before (OUT) that at hand.
  IsoBuffer iso_in_sending_, iso_in_next_, iso_out_receiving_, iso_out_done_;
  std::array<RegisterFile::Register*, usbd::kEndpoints> size_epout_{};
  RegisterFile::Register* size_isoout_ = nullptr;
  RegisterFile::Register* epinen_ = nullptr;
  RegisterFile::Register* epouten_ = nullptr;
  RegisterFile::Register* epdatastatus_ = nullptr;
  RegisterFile::Register* epstatus_ = nullptr;
  RegisterFile::Register* isosplit_ = nullptr;
  RegisterFile::Register* isoinconfig_ = nullptr;
  std::uint32_t toggle_selected_ = 0;

  // Endpoint 0
  usb::SetupBytes setup_{};
  bool control_stalled_ = false;
  bool status_allowed_ = false;
  bool receive_allowed_ = false;
  bool setting_address_ = false;

  // EasyDMA
  struct Transfer {
    RegisterFile::Register* ptr = nullptr;
    RegisterFile::Register* maxcnt = nullptr;
    RegisterFile::Register* amount = nullptr;
  };
  std::array<Transfer, usbd::kEndpoints + 1> dma_in_{};
  std::array<Transfer, usbd::kEndpoints + 1> dma_out_{};
  bool dma_busy_ = false;
  Direction dma_direction_ = Direction::kIn;
  std::uint32_t dma_endpoint_ = 0;
  Address dma_address_ = 0;
  std::uint32_t dma_length_ = 0;
  Event dma_end_;
};

}  // namespace tinyscope::nordic

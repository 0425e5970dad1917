// RADIO: the 2.4 GHz transceiver. nRF52840 PS, chapter "RADIO — 2.4 GHz radio".
//
// The state machine, the events of a packet and their times follow the registers; a packet is read
// from RAM and given to the port "air" (RadioAir), and what the port is given is received if the
// radio listens for it. With nobody there a packet goes nowhere and none arrives. A packet to
// be sent is read when its header and when its payload has left.
//
// Left out: whitening (no one on the air is given another DATAWHITEIV), SYNC of noise, MHRMATCH,
// RATEBOOST, and what the radio does without HFXO. EasyDMA reaches RAM only. The registers 0x73C,
// 0x740 and 0x774, which work-arounds of errata write, are kept and do nothing.
//
// Port: "air". Parameters: times in ns, and `rssi_idle`, the attenuation that RSSISAMPLE reads when
// nothing is on the air. Power states: "rx", and "tx_8dbm", "tx_4dbm", "tx_0dbm", "tx_low" by
// TXPOWER; ramping up counts as what follows it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "peripherals/nordic/easy_dma.hpp"
#include "peripherals/nordic/nordic_block.hpp"
#include "peripherals/nordic/radio_air.hpp"
#include "peripherals/nordic/radio_packet.hpp"
#include "peripherals/nordic/radio_registers.hpp"

namespace tinyscope::nordic::radio {

class Radio final : public NordicBlock {
 public:
  explicit Radio(PeripheralContext& context);
  Port* port(std::string_view name) override { return name == "air" ? &air_ : nullptr; }

 private:
  struct Times {
    Duration ramp_up{};
    Duration ramp_up_fast{};
    Duration ramp_up_ieee{};
    Duration tx_disable_1m{};
    Duration tx_disable_2m{};
    Duration tx_disable_ieee{};
    Duration receive_chain_1m{};
    Duration receive_chain_2m{};
    Duration rssi{};
  };
  // What comes next of the packet under way.
  enum class Step : std::uint32_t { kNone, kSync, kAddress, kHeader, kPayload, kEnd, kPhyEnd };

  // radio_registers.cpp
  void define_tasks();
  void define_events();
  void define_shorts();
  void define_registers();
  RegisterFile::Register& plain(Address offset, std::string_view name,
                                std::uint32_t valid = 0xFFFF'FFFF);
  void read_times(PeripheralContext& context);

  // radio.cpp: states
  bool powered() const { return power_register_->value() != 0; }
  void power_written();
  void ramp_up(bool transmit);
  void ready();
  void start();
  void stop();
  void disable();
  void disabled();
  void enter(State state);
  std::string_view consumption() const;
  Duration ramp_up_time() const;
  Duration disable_time() const;

  // radio_transfer.cpp: packets
  PacketFormat format() const;
  Duration chain() const;
  bool receiving() const { return state_ == State::kRx; }
  bool transmitting() const { return state_ == State::kTx; }
  void begin_packet(TimePoint first_bit);
  void abandon_packet();
  bool on_air(const AirPacket& packet);
  std::optional<unsigned> match(const AirPacket& packet) const;
  std::uint64_t logical_address(unsigned n) const;
  void at_offset(Step step, Duration after);
  void on_step();
  void on_header();
  void on_payload();
  void on_end();
  void finish();
  void check_crc();
  void match_device();

  // measurements
  void start_rssi();
  void start_bit_counter();
  void stop_bit_counter();
  void schedule_bit_match();

  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  EasyDma dma_;
  RadioAir air_;
  Times times_;
  std::uint32_t rssi_idle_ = 0;

  RegisterFile::Register* power_register_ = nullptr;
  RegisterFile::Register* packetptr_ = nullptr;
  RegisterFile::Register* frequency_ = nullptr;
  RegisterFile::Register* txpower_ = nullptr;
  RegisterFile::Register* mode_ = nullptr;
  RegisterFile::Register* pcnf0_ = nullptr;
  RegisterFile::Register* pcnf1_ = nullptr;
  RegisterFile::Register* base_[2] = {};
  RegisterFile::Register* prefix_[2] = {};
  RegisterFile::Register* txaddress_ = nullptr;
  RegisterFile::Register* rxaddresses_ = nullptr;
  RegisterFile::Register* crccnf_ = nullptr;
  RegisterFile::Register* crcpoly_ = nullptr;
  RegisterFile::Register* crcinit_ = nullptr;
  RegisterFile::Register* tifs_ = nullptr;
  RegisterFile::Register* bcc_ = nullptr;
  RegisterFile::Register* dab_[8] = {};
  RegisterFile::Register* dap_[8] = {};
  RegisterFile::Register* dacnf_ = nullptr;
  RegisterFile::Register* modecnf0_ = nullptr;
  RegisterFile::Register* edcnt_ = nullptr;
  RegisterFile::Register* crcstatus_ = nullptr;
  RegisterFile::Register* rxmatch_ = nullptr;
  RegisterFile::Register* rxcrc_ = nullptr;
  RegisterFile::Register* dai_ = nullptr;
  RegisterFile::Register* pdustat_ = nullptr;
  RegisterFile::Register* rssisample_ = nullptr;
  RegisterFile::Register* edsample_ = nullptr;

  State state_ = State::kDisabled;
  std::uint32_t active_mode_ = 0;  // MODE and FREQUENCY count when the ramp-up begins,
  std::uint32_t active_frequency_ = 0;
  Address active_packet_ = 0;  // PACKETPTR when the packet begins
  TimePoint last_bit_{};       // of the packet before, for TIFS
  bool space_frames_ = false;  // TIFS holds back the ramp-up that DISABLED triggers
  Step step_ = Step::kNone;
  TimePoint first_bit_{};
  std::vector<std::uint8_t> packet_;  // in RAM order; while receiving all of it
  AirPacket heard_;
  bool truncated_ = false;
  bool counting_ = false;
  TimePoint counting_since_{};

  Event state_event_;  // end of ramp-up or of disabling
  Event step_event_;
  Event rssi_event_;
  Event bit_event_;
  Event ed_event_;
  Event cca_event_;
};

}  // namespace tinyscope::nordic::radio

// The host controller at the other end of the cable: frames, transactions and their times.
//
// It follows USB 2.0, chapters 5 (frames), 7.1.7 (reset, suspend, resume) and 8 (transactions). A
// transaction lasts as long as its packets at 12 Mbit/s. In each frame come, behind SOF, interrupt
// endpoints that are due, then control, then bulk endpoints in turn, as long as they fit.
//
// An endpoint that answers NAK would be asked again and again. Here the device says when its answer
// may have changed (Upstream::ready), and the next of those questions that finds it changed is the
// only one that takes place: nothing is scheduled for those in between.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peripherals/usb/descriptors.hpp"
#include "peripherals/usb/usb_link.hpp"
#include "sim/scheduler.hpp"

namespace tinyscope::usb {

class HostController final : public Upstream {
 public:
  enum class Result : std::uint8_t { kDone, kStalled, kSilent, kTimedOut, kBabble };

  // Who uses the controller. Each call may start the next transfer.
  class Client {
   public:
    virtual ~Client() = default;
    virtual void attach_changed(bool attached) = 0;
    // The bus was reset and the device has had its time to recover.
    virtual void bus_was_reset() = 0;
    // `data`: what a control read brought.
    virtual void control_done(Result result, const std::vector<std::uint8_t>& data) = 0;
    virtual void received(std::size_t pipe, const std::vector<std::uint8_t>& data) = 0;
    // The pipe does nothing more until restart().
    virtual void pipe_failed(std::size_t pipe, Result result) = 0;
    // The bus runs again after suspend().
    virtual void resumed(bool by_device) = 0;
  };

  struct Timing {
    Duration reset = Duration::from_ms(50);              // USB 2.0, 7.1.7.5: TDRSTR
    Duration recovery = Duration::from_ms(10);           // TRSTRCY
    Duration resume = Duration::from_ms(20);             // 7.1.7.7: TDRSMDN
    Duration control_timeout = Duration::from_ms(5000);  // 9.2.6.1
    Duration retry = Duration::from_us(20);              // from one question to the next: estimate
  };

  HostController(Scheduler& scheduler, Client& client);

  void connect(Function& function);
  void set_timing(const Timing& timing) { timing_ = timing; }
  // Power on or off on VBUS.
  void set_vbus(bool present);
  bool device_attached() const { return attached_; }

  void reset_bus();
  // Frames stop; a device that is allowed to may wake the bus.
  void suspend();
  void resume();
  bool suspended() const { return bus_ == Bus::kIdle; }

  void set_address(std::uint8_t address) { address_ = address; }
  void set_control_packet(std::uint16_t bytes) { control_packet_ = bytes; }
  // One at a time. `data`: what a control write sends.
  void control(const SetupBytes& setup, std::vector<std::uint8_t> data = {});
  bool control_busy() const { return control_.active; }

  // The device was configured: each endpoint begins with DATA0.
  void reset_toggles() { toggles_ = 0; }
  // Opens a bulk or interrupt endpoint and returns its pipe. IN pipes are read from then on.
  std::size_t open(const EndpointDescriptor& endpoint);
  void close_pipes();
  // Queues bytes on an OUT pipe; they go in packets as large as the endpoint takes.
  void send(std::size_t pipe, std::span<const std::uint8_t> bytes);
  std::size_t queued(std::size_t pipe) const { return pipes_[pipe].queue.size(); }
  // After a halt was cleared: DATA0, and on.
  void restart(std::size_t pipe);

  // Everything back to before power-on, without telling anybody.
  void reset();
  void snapshot(StateArchive& archive);

  // Upstream
  void attached(bool attached) override;
  void ready() override;
  void driving_k(bool driving) override;

 private:
  enum class Bus : std::uint8_t { kOff, kReset, kRecovery, kActive, kIdle, kResuming };
  enum class Stage : std::uint8_t { kSetup, kData, kStatus };

  struct Control {
    bool active = false;
    bool waiting = false;  // answered NAK
    Stage stage = Stage::kSetup;
    bool toggle = false;
    unsigned failures = 0;
    std::uint64_t due_frame = 0;
    SetupBytes setup{};
    std::vector<std::uint8_t> data;
    std::uint64_t sent = 0;

    bool read() const { return (setup[0] & 0x80u) != 0; }
    std::size_t length() const { return setup[6] | static_cast<std::size_t>(setup[7]) << 8; }
    void snapshot(StateArchive& archive);
  };
  struct Pipe {
    EndpointDescriptor endpoint{};
    bool running = true;
    bool waiting = false;
    unsigned failures = 0;
    std::uint64_t due_frame = 0;
    std::vector<std::uint8_t> queue;  // OUT: what is left to send

    bool periodic() const { return endpoint.type == 3; }
    std::uint32_t toggle_bit() const {
      return 1u << (endpoint.number() + (endpoint.in() ? 16 : 0));
    }
    void snapshot(StateArchive& archive);
  };
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
  static constexpr std::size_t kControlPipe = static_cast<std::size_t>(-2);

  bool frames_run() const { return bus_ == Bus::kRecovery || bus_ == Bus::kActive; }
  void start_frames();
  void stop_frames();
  void next_frame();
  void bus_step();
  void kick();
  void run();
  std::size_t pick() const;
  bool runnable(const Pipe& pipe) const;
  bool fits(Duration time) const;
  bool begin(std::size_t who);
  bool begin_control();
  bool begin_pipe(std::size_t index);
  bool begin_transaction(std::size_t who, std::size_t bytes);
  void complete();
  void complete_control();
  void complete_pipe(std::size_t index);
  void control_data_in();
  void answer_control(Reply reply);
  void answer_pipe(std::size_t index, Reply reply);
  void control_advance();
  void finish_control(Result result);
  bool control_in() const;
  void polled(Pipe& pipe);

  Scheduler& scheduler_;
  Client& client_;
  Function* function_ = nullptr;
  Timing timing_;
  bool vbus_ = false;
  bool attached_ = false;
  bool woken_by_device_ = false;
  Bus bus_ = Bus::kOff;
  std::uint64_t frame_ = 0;
  TimePoint frame_start_{};
  std::uint8_t address_ = 0;
  std::uint16_t control_packet_ = 8;
  Control control_;
  std::vector<Pipe> pipes_;
  std::uint32_t toggles_ = 0;      // the endpoints whose next packet is DATA1, open or not
  std::uint64_t last_bulk_ = 0;    // whose turn it was
  std::size_t on_wire_ = kNobody;  // whose transaction is under way
  Packet packet_;                  // of that transaction
  Event sof_;
  Event work_;
  Event step_;
  Event control_timeout_;
};

}  // namespace tinyscope::usb

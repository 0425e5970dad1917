// A peripheral whose registers the host answers: what class Peripheral of the Python package stands
// on. Nothing of Python in here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sim/bus.hpp"
#include "sim/peripheral.hpp"
#include "sim/scheduler.hpp"
#include "sim/wire.hpp"

namespace tinyscope {

// Runs in the thread that runs the machine. An exception goes to HostedPeripheral::on_error().
class PeripheralHost {
 public:
  virtual ~PeripheralHost() = default;
  // `offset` is from the start of the window; `size` is 1, 2 or 4 bytes.
  virtual std::uint32_t read(std::uint32_t offset, unsigned size) = 0;
  // The same without side effects.
  virtual std::uint32_t peek(std::uint32_t offset, unsigned size) = 0;
  virtual void write(std::uint32_t offset, unsigned size, std::uint32_t value) = 0;
  virtual void reset() = 0;
  // What was scheduled is due.
  virtual void due(std::uint64_t timer) = 0;
  // It is part of a machine now; null: no more.
  virtual void attached(class HostedPeripheral* to) = 0;
};

class HostedPeripheral final : public Peripheral {
 public:
  HostedPeripheral(std::string name, Scheduler& scheduler, Bus& bus,
                   std::shared_ptr<PeripheralHost> host);

  ~HostedPeripheral() override { host_->attached(nullptr); }

  // Who is told of an exception of the host; call before anything happens.
  void on_error(std::function<void(std::exception_ptr)> listener) { error_ = std::move(listener); }
  // Called before the host asks for the time or schedules, so that the scheduler's clock is right
  // while the machine does not run too.
  void on_host_time(std::function<void()> listener) { host_time_ = std::move(listener); }

  // For the host.
  void set_interrupt(bool level) { irq_.set(level); }
  bool interrupt() const { return irq_.level(); }
  TimePoint now() const {
    if (host_time_) host_time_();
    return scheduler_.now();
  }
  // Calls PeripheralHost::due() with the number that this returns.
  std::uint64_t schedule(Duration delay);
  void cancel(std::uint64_t timer);
  // What DMA of the peripheral does to memory; takes no time and nothing from others. False, and
  // nothing done, unless the whole range lies in one memory.
  bool read_memory(Address address, std::span<std::uint8_t> to) const {
    return bus_.master_copy_out(address, to);
  }
  bool write_memory(Address address, std::span<const std::uint8_t> from) {
    return bus_.master_copy_in(address, from);
  }

  // Peripheral
  std::uint32_t read(const BusAccess& access) override;
  void write(const BusAccess& access, std::uint32_t value) override;
  void reset(ResetKind kind) override;
  Wire* wire(std::string_view name) override { return name == "irq" ? &irq_ : nullptr; }
  void snapshot(StateArchive& archive) override;

 private:
  template <class Action>
  auto guarded(const Action& action) -> decltype(action());
  Event& add_timer(std::uint64_t timer);
  void fire(std::uint64_t timer);

  std::string name_;
  Scheduler& scheduler_;
  Bus& bus_;
  std::shared_ptr<PeripheralHost> host_;
  std::function<void(std::exception_ptr)> error_;
  std::function<void()> host_time_;
  Wire irq_;
  std::map<std::uint64_t, std::unique_ptr<Event>> timers_;
  std::uint64_t last_timer_ = 0;
  std::uint64_t firing_ = 0;  // 0: none
};

// Where such a peripheral is mapped.
struct HostedWindow {
  std::string name;
  Address base = 0;
  std::uint32_t size = 0;
  std::optional<unsigned> interrupt;  // of the chip, 0 = IRQ 0
  std::shared_ptr<PeripheralHost> host;
};

}  // namespace tinyscope

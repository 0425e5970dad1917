#include "python/src/hosted_peripheral.hpp"

#include <utility>

namespace tinyscope {

HostedPeripheral::HostedPeripheral(std::string name, Scheduler& scheduler, Bus& bus,
                                   std::shared_ptr<PeripheralHost> host)
    : name_(std::move(name)), scheduler_(scheduler), bus_(bus), host_(std::move(host)) {
  host_->attached(this);
}

// The host's frames may have the engine's below them, which no exception may cross.
template <class Action>
auto HostedPeripheral::guarded(const Action& action) -> decltype(action()) {
  try {
    return action();
  } catch (...) {
    error_(std::current_exception());
  }
  return decltype(action())();
}

std::uint32_t HostedPeripheral::read(const BusAccess& access) {
  return guarded([&] {
    return access.debug ? host_->peek(access.offset, bytes(access.size))
                        : host_->read(access.offset, bytes(access.size));
  });
}

void HostedPeripheral::write(const BusAccess& access, std::uint32_t value) {
  guarded([&] { host_->write(access.offset, bytes(access.size), value); });
}

void HostedPeripheral::reset(ResetKind) {
  for (auto& [timer, event] : timers_) event->cancel();
  irq_.set(false);
  guarded([&] { host_->reset(); });
}

std::uint64_t HostedPeripheral::schedule(Duration delay) {
  const std::uint64_t timer = ++last_timer_;
  add_timer(timer).at(now() + delay);
  return timer;
}

void HostedPeripheral::cancel(std::uint64_t timer) {
  const auto found = timers_.find(timer);
  if (found != timers_.end()) found->second->cancel();
}

Event& HostedPeripheral::add_timer(std::uint64_t timer) {
  // Not the one that calls us.
  std::erase_if(timers_, [this](const auto& each) {
    return each.first != firing_ && !each.second->scheduled();
  });
  auto& event = timers_[timer];
  event = std::make_unique<Event>(scheduler_, [this, timer] { fire(timer); });
  return *event;
}

void HostedPeripheral::fire(std::uint64_t timer) {
  firing_ = timer;
  guarded([&] { host_->due(timer); });
  firing_ = 0;
}

void HostedPeripheral::snapshot(StateArchive& archive) {
  irq_.snapshot(archive);
  archive(last_timer_);
  std::vector<std::uint64_t> pending;
  for (const auto& [timer, event] : timers_) {
    if (event->scheduled()) pending.push_back(timer);
  }
  archive(pending);
  if (archive.is_loading()) {
    timers_.clear();
    for (const std::uint64_t timer : pending) {
      timers_[timer] = std::make_unique<Event>(scheduler_, [this, timer] { fire(timer); });
    }
  }
  for (const std::uint64_t timer : pending) timers_.at(timer)->snapshot(archive);
}

}  // namespace tinyscope

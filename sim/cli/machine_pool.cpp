#include "sim/cli/machine_pool.hpp"

#include <utility>

namespace tinyscope {

MachinePool::MachinePool(BoardDescription board, std::shared_ptr<const FirmwareImage> image,
                         MachineOptions options)
    : board_(std::move(board)), image_(std::move(image)), options_(std::move(options)) {}

void MachinePool::GiveBack::operator()(Machine* machine) const {
  std::unique_ptr<Machine> owned(machine);
  if (pool_ == nullptr) return;
  const std::lock_guard lock(pool_->mutex_);
  pool_->idle_.push_back(std::move(owned));
}

std::unique_ptr<Machine> MachinePool::build() {
  const std::lock_guard lock(building_);
  auto machine = std::make_unique<Machine>(board_, *image_, options_);
  machine->power_on();
  return machine;
}

MachinePool::Taken MachinePool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Taken machine(idle_.back().release(), GiveBack(this));
      idle_.pop_back();
      return machine;
    }
  }
  return Taken(build().release(), GiveBack(this));
}

void MachinePool::warm(std::size_t count) {
  while (idle() < count) {
    auto machine = build();
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(machine));
  }
}

std::size_t MachinePool::idle() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

}  // namespace tinyscope

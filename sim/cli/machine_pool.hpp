// Machines of one board, image and options that wait for work, so that a run need not build one:
// building takes tens of milliseconds, restoring a state much less than one.
//
//   MachinePool pool(board, image, options);
//   auto fork = pool.take();           // powered on; where it stands is anybody's guess
//   fork->restore(*state);             // so bring it where it shall begin
//   …                                  // and let it go: it waits for the next
//
// For any number of threads at once; a machine that was taken belongs to one of them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "sim/cli/machine.hpp"

namespace tinyscope {

class MachinePool {
 public:
  // As for Machine. A stimulus that plays a file reads it for each machine.
  MachinePool(BoardDescription board, std::shared_ptr<const FirmwareImage> image,
              MachineOptions options);
  MachinePool(const MachinePool&) = delete;
  MachinePool& operator=(const MachinePool&) = delete;

  // Gives the machine back when it goes. It must not outlive the pool, and who has added listeners,
  // watches or a cycle limit has taken them back.
  class GiveBack {
   public:
    explicit GiveBack(MachinePool* pool = nullptr) : pool_(pool) {}
    void operator()(Machine* machine) const;

   private:
    MachinePool* pool_;
  };
  using Taken = std::unique_ptr<Machine, GiveBack>;

  // An idle machine, or a new one.
  Taken take();
  // Builds machines ahead until so many are idle.
  void warm(std::size_t count);
  std::size_t idle() const;

 private:
  std::unique_ptr<Machine> build();

  const BoardDescription board_;
  const std::shared_ptr<const FirmwareImage> image_;
  const MachineOptions options_;
  std::mutex building_;  // machines share what the description has been read for
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Machine>> idle_;
};

}  // namespace tinyscope

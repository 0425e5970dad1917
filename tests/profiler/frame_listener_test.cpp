// What other collectors hear of the shadow call stack.
#include "profiler/frame_listener.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::ElementsAre;

class Recorder final : public FrameListener {
 public:
  explicit Recorder(std::vector<std::string>& log) : log_(log) {}
  void on_frame_entered(const Frame& frame, const Frame* caller, std::uint32_t exception,
                        std::uint64_t cycle) override {
    log_.push_back(fmt::format("{} enter {:x} from {:x} exception {} layer {}", cycle,
                               frame.function, caller != nullptr ? caller->function : 0, exception,
                               frame.mark.layer));
  }
  void on_frame_renamed(const Frame& frame, std::uint64_t cycle) override {
    log_.push_back(fmt::format("{} rename {:x}", cycle, frame.function));
  }
  void on_frame_left(const Frame& frame, std::uint64_t cycle) override {
    log_.push_back(fmt::format("{} leave {:x}", cycle, frame.function));
  }

 private:
  std::vector<std::string>& log_;
};

TEST(FrameListener, HearsOfCallsTailCallsAndReturnsWithTheirCycle) {
  ProfilerBench bench;
  std::vector<std::string> log;
  Recorder recorder(log);
  bench.profiler->add_frame_listener(recorder);
  bench.script->work(100);
  bench.script->call(kInvoke);  // ten cycles each
  bench.script->call(kConv);
  bench.script->tail_call(kKernel);
  bench.script->ret();
  EXPECT_THAT(log, ElementsAre("110 enter 200 from 100 exception 0 layer -1",
                               "120 enter 300 from 200 exception 0 layer 0", "130 rename 500",
                               "140 leave 500"));
}

TEST(FrameListener, HearsOfHandlersAsRoots) {
  ProfilerBench bench;
  std::vector<std::string> log;
  Recorder recorder(log);
  bench.profiler->add_frame_listener(recorder);
  bench.script->interrupt(24, kIrq);
  bench.script->leave_handler();
  EXPECT_THAT(log, ElementsAre("12 enter 700 from 0 exception 24 layer -1", "24 leave 700"));
}

}  // namespace
}  // namespace tinyscope

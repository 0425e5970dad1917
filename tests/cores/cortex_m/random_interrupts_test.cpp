// Random interrupts against a small model of the exception stack, written from Arm DDI 0403E,
// B1.5.4 to B1.5.8 and without a look at the core: a set of pending numbers, a stack of active
// ones, and the rule that the smallest (group priority, subpriority, number) goes first. Times
// come from the simulated run (when handlers begin and end); order and nesting from the model.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

constexpr unsigned kInterrupts = 8;
constexpr unsigned kEvents = 24;

// Handlers log their number at entry (16 + n) and exit (32 + n), spend a while in a loop, use FP
// registers and destroy what they may. The main program's arithmetic must not notice.
std::string program(std::mt19937& random) {
  std::string text = R"(
  .macro note value
  ldr r0, =0x20001000
  ldr r1, [r0]
  adds r1, #1
  str r1, [r0]
  movs r2, #\value
  str r2, [r0, r1, lsl #2]
  .endm
  .macro critical_note value
  mrs r3, primask
  cpsid i
  note \value
  msr primask, r3
  .endm
reset:
  fpu_on
  poke 0xE000E100, 0xFF
  ldr r8, =0x20002000
  movs r4, #1
  movs r5, #3
  ldr r0, =0x3F800000
  vmov s0, r0
  vmov s20, r0
  ldr r9, =0x20004000
  movw r10, #250
main:
)";
  const char* const pieces[] = {
      "  mla r4, r4, r5, r10\n",
      "  push {r4, r5, r9, r10}\n  pop {r4, r5, r9, r10}\n",
      "  stmia r9!, {r4, r5}\n  ldmdb r9!, {r6, r7}\n  eor r4, r6\n",
      ("  tst r4, #1\n  ittee ne\n  addne r4, r5\n  strne r4, [r8]\n"
       "  subeq r4, r5\n  ldreq r6, [r8]\n"),
      "  cmp r4, r10\n  ite hi\n  eorhi r4, r4, #0x55\n  addls r4, #9\n",
      "  vadd.f32 s1, s0, s20\n  vmov r6, s1\n  add r4, r6\n",
      "  vmul.f32 s20, s20, s0\n",
      "  udiv r6, r4, r5\n  add r4, r6\n",
      "  ldrex r6, [r8]\n  add r6, #1\n  strex r7, r6, [r8]\n  add r4, r6\n  sub r4, r6\n",
      "  bl leaf\n",
      "  ldrb r6, [r8, #1]\n  strb r4, [r8, #4]\n",
  };
  std::uniform_int_distribution<std::size_t> pick(0, std::size(pieces) - 1);
  for (int i = 0; i < 12; ++i) text += pieces[pick(random)];
  // Tail of the main loop. The run ends when everything has been served.
  text += R"(
  subs r10, #1
  bne main
  exit
leaf:
  push {r4, lr}
  rors r4, r5
  pop {r4, pc}
  .ltorg
)";
  std::uniform_int_distribution<unsigned> length(1, 40);
  for (unsigned n = 0; n < kInterrupts; ++n) {
    const auto number = std::to_string(n);
    text += "irq" + number + ":\n  push {r4, lr}\n  critical_note 16 + " + number +
            "\n  movs r4, #" + std::to_string(length(random)) + "\n1:\n  subs r4, #1\n  bne 1b\n";
    if (n % 2 == 0) text += "  vmov s0, r4\n  vmov s5, r4\n  vadd.f32 s0, s0, s5\n";
    text += "  critical_note 32 + " + number +
            "\n  movs r0, #0\n  mov r12, r0\n  cmp r0, #1\n  pop {r4, pc}\n  .ltorg\n";
  }
  return text;
}

struct Request {
  std::uint64_t cycle;
  unsigned interrupt;
};

struct Plan {
  std::vector<Request> requests;
  std::array<unsigned, kInterrupts> priority{};
  unsigned prigroup = 0;
};

Plan make_plan(std::mt19937& random) {
  Plan plan;
  std::uniform_int_distribution<std::uint64_t> cycle(300, 6000);
  std::uniform_int_distribution<unsigned> interrupt(0, kInterrupts - 1), eight(0, 7);
  for (unsigned i = 0; i < kEvents; ++i) {
    const Request request{cycle(random), interrupt(random)};
    plan.requests.push_back(request);
    // Bursts make tail-chains and late arrivals.
    if (eight(random) < 4) plan.requests.push_back({request.cycle + eight(random), eight(random)});
  }
  std::sort(plan.requests.begin(), plan.requests.end(),
            [](const Request& a, const Request& b) { return a.cycle < b.cycle; });
  for (unsigned& priority : plan.priority) priority = eight(random) << 5;
  plan.prigroup = eight(random) < 4 ? 0 : 5;
  return plan;
}

void prepare(ProgramBench& bench, const Plan& plan) {
  for (const Request& request : plan.requests) {
    bench.at_cycle(request.cycle, [&bench, request] { bench.pulse(request.interrupt); });
  }
  bench.core->set_cycle_limit({200'000});
  bench.core->reset();
  for (unsigned n = 0; n < kInterrupts; ++n) {
    bench.bus.write(0xE000E400 + n, AccessSize::kByte, plan.priority[n], {});
  }
  bench.bus.write(0xE000ED0C, AccessSize::kWord, 0x05FA0000 | plan.prigroup << 8, {});
}

// The model: fed with requests and the run's events in time order, it says what must happen.
class Model {
 public:
  explicit Model(const Plan& plan) : plan_(plan) {}

  void request(unsigned interrupt) { pending_.insert(interrupt); }

  // Whoever must be entered now, or none: the best pending one, if it may preempt.
  int due() const {
    int best = -1;
    for (const unsigned n : pending_) {
      if (best < 0 || order(n) < order(static_cast<unsigned>(best))) best = static_cast<int>(n);
    }
    if (best < 0 || group(static_cast<unsigned>(best)) >= running()) return -1;
    return best;
  }
  void enter(unsigned interrupt) {
    pending_.erase(interrupt);
    active_.push_back(interrupt);
  }
  void leave() { active_.pop_back(); }
  const std::vector<unsigned>& active() const { return active_; }
  bool idle() const { return pending_.empty() && active_.empty(); }

 private:
  unsigned group(unsigned n) const {
    return plan_.priority[n] >> (plan_.prigroup + 1) << (plan_.prigroup + 1);
  }
  std::pair<unsigned, unsigned> order(unsigned n) const { return {plan_.priority[n], n}; }
  unsigned running() const {
    unsigned lowest = 256;
    for (const unsigned n : active_) lowest = std::min(lowest, group(n));
    return lowest;
  }

  const Plan& plan_;
  std::set<unsigned> pending_;
  std::vector<unsigned> active_;
};

// Replays a run's exception events through the model.
void expect_model_agrees(const ProgramBench& bench, const Plan& plan) {
  Model model(plan);
  std::size_t next = 0;
  const auto requests_until = [&](std::uint64_t cycle) {
    while (next < plan.requests.size() && plan.requests[next].cycle <= cycle) {
      model.request(plan.requests[next++].interrupt);
    }
  };
  for (const ExceptionEvent& event : bench.recorder.exceptions) {
    const std::uint64_t begin = event.cycles_before.count;
    const std::uint64_t end = begin + event.cycles.total();
    const unsigned number = event.number - 16;
    switch (event.phase) {
      case ExceptionPhase::kEntry:
        requests_until(begin);
        ASSERT_GE(model.due(), 0) << "entered IRQ " << number << " at " << begin;
        requests_until(end);  // late arrivals
        ASSERT_EQ(model.due(), static_cast<int>(number)) << "at " << begin;
        model.enter(number);
        break;
      case ExceptionPhase::kTailChain:
        ASSERT_FALSE(model.active().empty());
        ASSERT_EQ(model.active().back() + 16, event.return_to);
        model.leave();
        requests_until(end);
        ASSERT_EQ(model.due(), static_cast<int>(number)) << "at " << begin;
        model.enter(number);
        break;
      case ExceptionPhase::kReturn:
        ASSERT_FALSE(model.active().empty());
        ASSERT_EQ(model.active().back(), number);
        model.leave();
        requests_until(end - 1);
        ASSERT_EQ(model.due(), -1) << "should have been chained at " << begin;
        ASSERT_EQ(event.return_to, model.active().empty() ? 0 : model.active().back() + 16);
        break;
    }
  }
  requests_until(~std::uint64_t{0});
  EXPECT_TRUE(model.idle());
}

// What a run has left: main program's registers, memory it wrote, cycles.
struct Outcome {
  std::array<std::uint32_t, 4> registers{};
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
  std::vector<std::uint32_t> log;
  std::array<std::uint32_t, 3> floats{};

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome_of(ProgramBench& bench) {
  Outcome outcome;
  outcome.registers = {bench.r(4), bench.r(5), bench.r(8), bench.r(9)};
  outcome.cycles = bench.core->cycles().count;
  outcome.instructions = bench.core->counts().instructions;
  outcome.log = bench.log();
  outcome.floats = {bench.core->read_register(float_register(0)),
                    bench.core->read_register(float_register(1)),
                    bench.core->read_register(float_register(20))};
  return outcome;
}

void copy_state(ProgramBench& from, ProgramBench& to) {
  for (const auto& mapped : from.bus.memories()) {
    to.bus.copy_in(mapped.base, mapped.memory->bytes());
  }
  StateArchive saving = StateArchive::saving();
  from.scheduler.snapshot(saving);
  from.core->snapshot(saving);
  StateArchive loading = StateArchive::loading(saving.bytes());
  to.scheduler.snapshot(loading);
  to.core->snapshot(loading);
}

class RandomInterrupts : public testing::TestWithParam<unsigned> {};

TEST_P(RandomInterrupts, AgreeWithTheModelAndSurviveStopsAndSnapshots) {
  std::mt19937 random(GetParam());
  const std::string source = program(random);
  ProgramBench quiet(source);
  quiet.run();
  const Outcome undisturbed = outcome_of(quiet);

  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(testing::Message() << "seed " << GetParam() << " round " << round);
    const Plan plan = make_plan(random);
    ProgramBench bench(quiet.image);
    prepare(bench, plan);
    ASSERT_EQ(bench.core->run().kind, StopKind::kExit);
    expect_model_agrees(bench, plan);
    const Outcome outcome = outcome_of(bench);
    // The main program computes what it computes without interrupts.
    EXPECT_EQ(outcome.registers, undisturbed.registers);
    EXPECT_EQ(outcome.floats, undisturbed.floats);
    EXPECT_EQ(bench.core->counts().cycles.total(), outcome.cycles);

    // Stopped and resumed at random cycles.
    ProgramBench stopped(quiet.image);
    prepare(stopped, plan);
    std::uniform_int_distribution<std::uint64_t> step(1, 900);
    StopReason stop;
    do {
      stopped.core->set_cycle_limit({stopped.core->cycles().count + step(random)});
      stop = stopped.core->run();
    } while (stop.kind == StopKind::kLimit);
    EXPECT_EQ(stop.kind, StopKind::kExit);
    EXPECT_EQ(outcome_of(stopped), outcome);

    // Saved in mid-run and gone on with in another machine, requests still to come included.
    ProgramBench saved(quiet.image);
    prepare(saved, plan);
    std::uniform_int_distribution<std::uint64_t> middle(200, 6000);
    saved.core->set_cycle_limit({middle(random)});
    ASSERT_EQ(saved.core->run().kind, StopKind::kLimit);
    const std::uint64_t stopped_at = saved.core->cycles().count;
    ProgramBench restored(quiet.image);
    copy_state(saved, restored);
    for (const Request& request : plan.requests) {
      if (request.cycle > stopped_at) {
        restored.at_cycle(request.cycle, [&, request] { restored.pulse(request.interrupt); });
      }
    }
    restored.core->set_cycle_limit({200'000});
    saved.core->set_cycle_limit({200'000});
    EXPECT_EQ(restored.core->run().kind, StopKind::kExit);
    EXPECT_EQ(saved.core->run().kind, StopKind::kExit);
    EXPECT_EQ(outcome_of(restored), outcome);
    EXPECT_EQ(outcome_of(saved), outcome);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomInterrupts, testing::Range(1u, 16u));

}  // namespace
}  // namespace tinyscope

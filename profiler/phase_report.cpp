#include "profiler/phase_report.hpp"

#include "sim/error.hpp"

namespace tinyscope {

namespace {

struct Sum {
  StallCycles stalls;
  std::uint64_t instructions = 0;
  Bounded charge;
};

class Phases {
 public:
  explicit Phases(const LayerCollector& collector) : collector_(collector) {}

  // `bucket` to `phase`, but for its sleep.
  void add(Sum& phase, std::uint32_t bucket) { add(phase, collector_.bucket(bucket)); }
  void add(Sum& phase, const CostBucket& cost) {
    StallCycles awake = cost.stalls;
    asleep_.stalls[StallCause::kSleep] += awake[StallCause::kSleep];
    awake[StallCause::kSleep] = 0;
    phase.stalls += awake;
    phase.instructions += cost.instructions;
    phase.charge += cost.charge;
    phase.charge += cost.sleep_charge * -1.0;
    asleep_.charge += cost.sleep_charge;
  }
  const Sum& asleep() const { return asleep_; }

 private:
  const LayerCollector& collector_;
  Sum asleep_;
};

}  // namespace

void report_phases(const LayerCollector& collector, const EnergyMeter& energy,
                   ProfileReport& report) {
  Phases phases(collector);
  const auto row = [&](const std::string& name, std::uint64_t count, const Sum& sum) {
    if (sum.stalls.total() == 0) return;
    PhaseRow phase;
    phase.name = name;
    phase.count = count;
    phase.cycles = sum.stalls.total();
    phase.stalls = sum.stalls;
    phase.instructions = sum.instructions;
    phase.energy_uj = energy.energy_uj(sum.charge);
    report.phases.push_back(std::move(phase));
  };
  Sum inference;
  for (const CollectedInference& seen : collector.inferences()) {
    phases.add(inference, seen.own_bucket);
    for (const std::uint32_t layer : seen.layers) {
      phases.add(inference, collector.layer(layer).bucket);
    }
  }
  row("inference", collector.inferences().size(), inference);
  for (const CollectedPhase& seen : collector.phases()) {
    Sum sum;
    phases.add(sum, seen.bucket);
    row(seen.name, seen.count, sum);
  }
  Sum interrupts;
  std::uint64_t taken = 0;
  for (const auto& [number, seen] : collector.interrupts()) {
    phases.add(interrupts, seen.bucket);
    taken += seen.count;
  }
  row("interrupts", taken, interrupts);
  Sum other;
  phases.add(other, collector.nobody());
  row("sleep", collector.sleeps(), phases.asleep());
  row("other", 0, other);

  std::uint64_t total = 0;
  for (const PhaseRow& phase : report.phases) total += phase.cycles;
  TINYSCOPE_ASSERT(total == report.total_cycles);
  TINYSCOPE_ASSERT(phases.asleep().stalls.total() == report.sleep_cycles);
}

}  // namespace tinyscope

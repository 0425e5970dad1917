#include "profiler/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "profiler/least_squares.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kFewestBins = 10;

// Means of the trace over bins of `bin` seconds, the first beginning at `offset`; NaN outside.
class Resampled {
 public:
  explicit Resampled(const MeasuredTrace& trace) : step_(trace.step_seconds) {
    sums_.reserve(trace.milliwatts.size() + 1);
    sums_.push_back(0);
    for (const double value : trace.milliwatts) sums_.push_back(sums_.back() + value);
  }
  double mean(double from, double to) const {
    if (from < -1e-9 || to > step_ * static_cast<double>(sums_.size() - 1) + 1e-9) return NAN;
    return (integral(to) - integral(from)) / ((to - from) / step_);
  }

 private:
  double integral(double seconds) const {
    const double at = std::clamp(seconds / step_, 0.0, static_cast<double>(sums_.size() - 1));
    const auto whole = static_cast<std::size_t>(at);
    if (whole + 1 >= sums_.size()) return sums_.back();
    const double part = at - static_cast<double>(whole);
    return sums_[whole] + part * (sums_[whole + 1] - sums_[whole]);
  }

  double step_;
  std::vector<double> sums_;
};

// `offset`: time of the trace at which the first value of `model` begins.
double correlation(const std::vector<double>& model, const Resampled& trace, double offset,
                   double bin) {
  double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  for (std::size_t i = 0; i < model.size(); ++i) {
    const double begin = offset + static_cast<double>(i) * bin;
    const double y = trace.mean(begin, begin + bin);
    if (std::isnan(y)) continue;
    const double x = model[i];
    n += 1;
    sx += x;
    sy += y;
    sxx += x * x;
    syy += y * y;
    sxy += x * y;
  }
  if (n < std::max<double>(kFewestBins, 0.5 * static_cast<double>(model.size()))) return -2;
  const double vx = sxx - sx * sx / n;
  const double vy = syy - sy * sy / n;
  if (vx <= 1e-9 * sxx || vy <= 1e-9 * syy) return -2;
  return (sxy - sx * sy / n) / std::sqrt(vx * vy);
}

struct Alignment {
  double offset = 0;
  std::string how;
};

// The shift at which the model's power and the trace are most alike: coarse first, then fine.
// Bins before `first` do not count. The offset is that of the first one that does.
Alignment align(const PowerTrace& run, std::size_t first, const MeasuredTrace& measured,
                const Resampled& trace) {
  const std::vector<PowerTrace::Bin> bins(run.bins().begin() + static_cast<std::ptrdiff_t>(first),
                                          run.bins().end());
  const double length = run.bin_seconds() * static_cast<double>(bins.size());
  constexpr std::size_t kCoarse = 1000;
  const auto model_of = [&](std::size_t step) {
    std::vector<double> model;
    for (std::size_t i = 0; i + step <= bins.size(); i += step) {
      double sum = 0;
      for (std::size_t k = 0; k < step; ++k) sum += bins[i + k].microjoules;
      model.push_back(sum);
    }
    return model;
  };
  std::size_t step = std::max<std::size_t>(1, bins.size() / kCoarse);
  double low = std::min(0.0, measured.seconds() - length) - length / 2;
  double high = std::max(0.0, measured.seconds() - length) + length / 2;
  double best = -2;
  double best_offset = 0;
  while (true) {
    const double bin = run.bin_seconds() * static_cast<double>(step);
    const std::vector<double> model = model_of(step);
    const auto shifts = static_cast<std::size_t>(std::max(0.0, std::floor((high - low) / bin)));
    const std::size_t stride = std::max<std::size_t>(1, shifts / (4 * kCoarse));
    best = -2;
    for (std::size_t i = 0; i <= shifts; i += stride) {
      const double offset = low + static_cast<double>(i) * bin;
      const double alike = correlation(model, trace, offset, bin);
      if (alike > best) {
        best = alike;
        best_offset = offset;
      }
    }
    const double reach = 2 * bin * static_cast<double>(stride);
    low = best_offset - reach;
    high = best_offset + reach;
    if (best < -1 || (step == 1 && stride == 1)) break;
    step = std::max<std::size_t>(1, step / 4);
  }
  if (best < -1) {
    return {0, "none: run or trace is too flat, or too short, to be aligned; both begin together"};
  }
  return {best_offset, fmt::format("best match of model and trace, correlation {:.3f}", best)};
}

std::string number_name(const EnergyMeter::Term& term) {
  switch (term.kind) {
    case EnergyMeter::Term::Kind::kMicroamps: return "microamps";
    case EnergyMeter::Term::Kind::kMicroampsPerMhz: return "microamps_per_mhz";
    case EnergyMeter::Term::Kind::kPicocoulombs: return "picocoulombs";
    case EnergyMeter::Term::Kind::kNanocoulombs: return "nanocoulombs";
  }
  return "";
}

// One bin that both run and trace have.
struct Sample {
  std::size_t bin = 0;
  double measured_uj = 0;
};

}  // namespace

std::string name_of_term(const EnergyMeter& meter, std::size_t term) {
  const EnergyMeter::Term number = meter.terms()[term];
  const EnergyMeter::Origin origin = meter.origin(number.entry);
  std::string name;
  std::string when;
  if (origin.current != nullptr) {
    name = origin.current->unit + " " + origin.current->state;
    if (!origin.current->code.empty()) name += " from " + origin.current->code;
    when = origin.current->when;
  } else if (origin.activity != nullptr) {
    name = "cpu " + std::string(name_of(origin.activity->event));
    when = origin.activity->when;
  } else {
    name = "cpu wake-up from " + origin.wake_up->state;
  }
  if (!when.empty()) name += " when " + when;
  return name + ", " + number_name(number);
}

std::vector<std::size_t> free_terms(const EnergyMeter& meter) {
  const std::vector<EnergyMeter::Term> terms = meter.terms();
  std::vector<std::size_t> marked;
  std::vector<std::size_t> base;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].value <= 0) continue;  // not part of the description
    if (terms[i].free) marked.push_back(i);
    const EnergyMeter::Origin origin = meter.origin(terms[i].entry);
    const bool cpu = origin.current != nullptr && origin.current->unit == "cpu";
    if (cpu || origin.activity != nullptr) base.push_back(i);
  }
  return marked.empty() ? base : marked;
}

Calibration calibrate(const PowerTrace& run, const std::vector<std::size_t>& terms,
                      const MeasuredTrace& trace, std::optional<double> offset_seconds,
                      double skip_seconds) {
  const std::vector<EnergyMeter::Term> all = run.meter().terms();
  const Resampled resampled(trace);
  Calibration result;
  result.bin_seconds = run.bin_seconds();
  const auto first = static_cast<std::size_t>(std::clamp(
      std::ceil(skip_seconds / run.bin_seconds()), 0.0, static_cast<double>(run.bins().size())));
  if (offset_seconds) {
    result.offset_seconds = *offset_seconds;
    result.alignment = "given with --trace-offset";
  } else {
    const Alignment found = align(run, first, trace, resampled);
    result.offset_seconds = found.offset - static_cast<double>(first) * run.bin_seconds();
    result.alignment = found.how;
  }

  std::vector<Sample> samples;
  const double bin = run.bin_seconds();
  for (std::size_t i = first; i < run.bins().size(); ++i) {
    const double begin = result.offset_seconds + static_cast<double>(i) * bin;
    const double mw = resampled.mean(begin, begin + bin);
    if (!std::isnan(mw)) samples.push_back({i, mw * bin * 1e3});
  }
  if (samples.size() < kFewestBins) {
    throw InputError(fmt::format(
        "--trace: run ({:.4g} s) and trace ({:.4g} s, offset {:.4g} s) have {} stretches of {:.3g} "
        "s "
        "in common; expected {} at least: let the run last longer, or give --trace-offset",
        bin * static_cast<double>(run.bins().size() - first), trace.seconds(),
        result.offset_seconds, samples.size(), bin, kFewestBins));
  }
  result.bins = samples.size();

  // What the fixed numbers drew is subtracted from what was measured.
  LeastSquares problem(terms.size());
  std::vector<double> row(terms.size());
  std::vector<double> fixed(samples.size());
  const auto weigh = [&](const Sample& sample) {
    for (std::size_t k = 0; k < terms.size(); ++k) {
      row[k] = static_cast<double>(run.use(k)[sample.bin]) * all[terms[k]].microjoules_each;
    }
  };
  double square_before = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    weigh(samples[n]);
    double followed = 0;
    for (std::size_t k = 0; k < terms.size(); ++k) followed += row[k] * all[terms[k]].value;
    const double model = run.bins()[samples[n].bin].microjoules;
    fixed[n] = model - followed;
    problem.add(row, samples[n].measured_uj - fixed[n]);
    square_before += (model - samples[n].measured_uj) * (model - samples[n].measured_uj);
    result.mean_mw += samples[n].measured_uj;
  }
  const auto count = static_cast<double>(samples.size());
  const double to_mw = 1e-3 / bin;
  result.mean_mw *= to_mw / count;
  result.rms_before_mw = std::sqrt(square_before / count) * to_mw;

  std::vector<double> start;
  for (const std::size_t term : terms) start.push_back(all[term].value);
  const LeastSquares::Solution solution = problem.solve(start);
  for (std::size_t k = 0; k < terms.size(); ++k) {
    result.numbers.push_back({terms[k], name_of_term(run.meter(), terms[k]), start[k],
                              solution.values[k], solution.errors[k], !problem.occurs(k),
                              solution.kept[k]});
  }

  struct Sums {
    std::size_t bins = 0;
    double measured = 0, fitted = 0, square = 0;
  };
  std::map<std::string, Sums> by_state;
  double square = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    weigh(samples[n]);
    double fitted = fixed[n];
    for (std::size_t k = 0; k < terms.size(); ++k) fitted += row[k] * solution.values[k];
    const double residual = fitted - samples[n].measured_uj;
    square += residual * residual;
    const std::int32_t state = run.bins()[samples[n].bin].cpu_state;
    Sums& sums = by_state[state < 0 ? "cpu without a current"
                                    : "cpu " + run.state_names()[static_cast<std::size_t>(state)]];
    ++sums.bins;
    sums.measured += samples[n].measured_uj;
    sums.fitted += fitted;
    sums.square += residual * residual;
  }
  result.rms_mw = std::sqrt(square / count) * to_mw;
  for (const auto& [state, sums] : by_state) {
    const auto n = static_cast<double>(sums.bins);
    result.states.push_back({state, sums.bins, sums.measured / n * to_mw, sums.fitted / n * to_mw,
                             std::sqrt(sums.square / n) * to_mw});
  }
  return result;
}

}  // namespace tinyscope

#include "peripherals/st/rcc_sources.hpp"

#include <fmt/format.h>

namespace tinyscope::st {

ClockSources::ClockSources(PeripheralContext& context, std::function<void(std::size_t)> changed)
    : name_(context.name),
      scheduler_(context.scheduler),
      notes_(context.notes),
      changed_(std::move(changed)) {}

void ClockSources::add(Source source) {
  const std::size_t number = sources_.size();
  sources_.push_back({std::move(source), std::make_unique<Event>(scheduler_, [this, number] {
                        const Source& started = sources_[number].source;
                        started.control->set(started.control->value() | started.ready);
                        changed_(number);
                      })});
}

bool ClockSources::wanted(std::size_t number) const {
  const Source& source = sources_[number].source;
  if (source.needed && source.needed()) return true;
  return (source.control->value() & source.on) != 0;
}

bool ClockSources::ready(std::size_t number) const {
  const Source& source = sources_[number].source;
  return (source.control->value() & source.ready) != 0;
}

void ClockSources::drive() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Entry& entry = sources_[i];
    const Source& source = entry.source;
    const bool possible = !source.can_start || source.can_start();
    if (wanted(i) && possible) {
      if (!ready(i) && !entry.started->scheduled()) entry.started->after(source.start_time());
      continue;
    }
    entry.started->cancel();
    source.control->set(source.control->value() & ~source.ready);
    if (wanted(i) && source.missing != nullptr) {
      notes_.unmodelled(
          name_,
          fmt::format("{}: the board has no such clock, it never gets ready", source.missing),
          source.offset, true, source.on);
    }
  }
}

void ClockSources::snapshot(StateArchive& archive) {
  for (Entry& entry : sources_) entry.started->snapshot(archive);
}

}  // namespace tinyscope::st

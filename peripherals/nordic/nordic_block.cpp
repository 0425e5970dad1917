#include "peripherals/nordic/nordic_block.hpp"

#include "sim/error.hpp"

namespace tinyscope::nordic {
namespace {
constexpr Address kFirstEvent = 0x100;
constexpr Address kShorts = 0x200;
constexpr Address kInten = 0x300;
constexpr Address kIntenSet = 0x304;
constexpr Address kIntenClr = 0x308;
}  // namespace

NordicBlock::NordicBlock(PeripheralContext& context, Interrupts interrupts)
    : name_(context.name),
      scheduler_(context.scheduler),
      bus_(context.bus),
      notes_(context.notes),
      power_(context.power),
      events_(context.events),
      registers_(context.name, context.size, context.notes) {
  for (TomlTable& unknown : context.params.tables("undocumented")) {
    registers_.add(unknown.require_u32("offset"),
                   fmt::format("undocumented: erratum {}", unknown.require_string("errata")));
    unknown.reject_unknown_keys();
  }
  if (interrupts == Interrupts::kNone) return;
  irq_ = &add_wire("irq");
  const auto define = [this](Address offset, std::string_view name) -> RegisterFile::Register& {
    return registers_.add(offset, name).on_read([this] { return inten_; });
  };
  if (interrupts == Interrupts::kWithInten) {
    define(kInten, "INTEN").on_write([this](std::uint32_t value) { write_inten(value); });
  }
  define(kIntenSet, "INTENSET").on_write([this](std::uint32_t value) {
    write_inten(inten_ | value);
  });
  define(kIntenClr, "INTENCLR").on_write([this](std::uint32_t value) {
    write_inten(inten_ & ~value);
  });
}

void NordicBlock::write_inten(std::uint32_t value) {
  inten_ = value & inten_valid_;
  update_interrupt();
  interrupts_changed();
}

void NordicBlock::add_task(Address offset, std::string_view name, std::function<void()> action) {
  tasks_.emplace(offset, std::move(action));
  registers_.add(offset, name).write_only().on_write([this, offset](std::uint32_t value) {
    if ((value & 1u) != 0) trigger(offset);
  });
}

void NordicBlock::add_event(Address offset, std::string_view name) {
  auto& storage = registers_.add(offset, name).flag(0, name).on_write([this](std::uint32_t) {
    update_interrupt();
  });
  const std::uint32_t bit = 1u << ((offset - kFirstEvent) / 4);
  event_registers_.emplace(offset, EventRegister{&storage, bit});
  inten_valid_ |= bit;
}

void NordicBlock::add_short(unsigned bit, std::string_view name, Address event, Address task) {
  TINYSCOPE_ASSERT(event_registers_.contains(event) && tasks_.contains(task));
  if (shorts_ == nullptr) shorts_ = &registers_.add(kShorts, "SHORTS");
  shorts_->flag(bit, name);
  shortcuts_.push_back({bit, event, task});
}

void NordicBlock::add_set_clear(Address offset, std::string_view name, Address set_offset,
                                Address clear_offset, std::uint32_t valid, std::uint32_t& bits,
                                std::function<void()> changed) {
  enum class Effect { kAssign, kSet, kClear };
  const auto define = [&](Address at, std::string_view suffix, Effect effect) {
    auto& added = registers_.add(at, fmt::format("{}{}", name, suffix));
    added.on_read([&bits] { return bits; })
        .on_write([&added, &bits, valid, effect, changed](std::uint32_t value) {
          added.set(0);  // a narrow store must not see the bits of an earlier one
          switch (effect) {
            case Effect::kAssign: bits = value & valid; break;
            case Effect::kSet: bits |= value & valid; break;
            case Effect::kClear: bits &= ~value; break;
          }
          if (changed) changed();
        });
  };
  define(offset, "", Effect::kAssign);
  define(set_offset, "SET", Effect::kSet);
  define(clear_offset, "CLR", Effect::kClear);
}

Wire& NordicBlock::add_wire(std::string_view name) {
  auto& wire = wires_[std::string(name)];
  TINYSCOPE_ASSERT(wire == nullptr);
  wire = std::make_unique<Wire>();
  return *wire;
}

Wire* NordicBlock::wire(std::string_view name) {
  const auto found = wires_.find(name);
  return found == wires_.end() ? nullptr : found->second.get();
}

void NordicBlock::set_event(Address event) {
  const auto found = event_registers_.find(event);
  TINYSCOPE_ASSERT(found != event_registers_.end());
  found->second.storage->set(1);
  update_interrupt();
}

void NordicBlock::raise(Address event) {
  set_event(event);
  events_.announce(event);
  if (shorts_ == nullptr) return;
  for (const Shortcut& shortcut : shortcuts_) {
    if (shortcut.event == event && (shorts_->value() >> shortcut.bit & 1u) != 0) {
      trigger(shortcut.task);
    }
  }
}

bool NordicBlock::event_set(Address event) const {
  return event_registers_.at(event).storage->value() != 0;
}

bool NordicBlock::interrupt_enabled(Address event) const {
  return (inten_ & event_registers_.at(event).interrupt_bit) != 0;
}

void NordicBlock::trigger(Address task) { tasks_.at(task)(); }

void NordicBlock::update_interrupt() {
  if (irq_ == nullptr) return;
  bool level = false;
  for (const auto& [offset, event] : event_registers_) {
    level = level || (event.storage->value() != 0 && (inten_ & event.interrupt_bit) != 0);
  }
  irq_->set(level);
}

void NordicBlock::reset(ResetKind kind) {
  registers_.reset();
  inten_ = 0;
  reset_state(kind);
  update_interrupt();
}

void NordicBlock::snapshot(StateArchive& archive) {
  registers_.snapshot(archive);
  archive(inten_);
  for (auto& [name, wire] : wires_) wire->snapshot(archive);
  snapshot_state(archive);
}

}  // namespace tinyscope::nordic

#include "console/sample.hpp"

#include "console/line.hpp"

namespace console {

void fail(const char* text) {
  Line().text("error: ").text(text).end();
  for (;;) {
    __asm volatile("wfi");
  }
}

void fail(mlrt::Status status) { fail(mlrt::status_name(status)); }

void announce(const char* title, const char* model, const mlrt::Interpreter& interpreter,
              std::uint32_t arena_bytes) {
  Line().text(title).text(", model ").text(model).end();
  Line line;
  line.text("arena: ").number(interpreter.arena_used_bytes()).text(" of ");
  line.number(arena_bytes).text(" bytes").end();
}

}  // namespace console

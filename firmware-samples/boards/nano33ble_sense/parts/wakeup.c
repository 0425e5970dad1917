#include "parts/wakeup.h"

#include "board.h"
#include "interrupts.h"

enum { kCounterMask = 0x00FFFFFF };

static volatile bool clock_started;
static volatile bool due;

void power_clock_handler(void) {
  clear_event(&CLOCK_EVENTS_LFCLKSTARTED);
  clock_started = true;
}

void rtc1_handler(void) {
  clear_event(&RTC1_EVENTS_COMPARE0);
  due = true;
}

static void start(void) {
  static bool running;
  if (running) return;
  running = true;
  CLOCK_LFCLKSRC = CLOCK_LFCLKSRC_XTAL;
  CLOCK_EVENTS_LFCLKSTARTED = 0;
  CLOCK_INTENSET = CLOCK_INT_LFCLKSTARTED;
  enable_interrupt(kIrqPowerClock);
  CLOCK_TASKS_LFCLKSTART = 1;
  sleep_until(&clock_started); /* a quarter of a second */
  RTC1_PRESCALER = 0;
  RTC1_INTENSET = RTC_INT_COMPARE0;
  enable_interrupt(kIrqRtc1);
  RTC1_TASKS_START = 1;
}

static void sleep_until_tick(uint32_t tick) {
  due = false;
  clear_event(&RTC1_EVENTS_COMPARE0);
  RTC1_CC0 = tick & kCounterMask;
  sleep_until(&due);
}

void wakeup_after_ms(uint32_t ms) {
  start();
  /* A compare value needs to lie two ticks ahead (PS, RTC, "Compare"). */
  const uint32_t ticks = (ms * kWakeupTicksPerSecond + 999u) / 1000u + 2u;
  sleep_until_tick(RTC1_COUNTER + ticks);
}

void wakeup_every(uint32_t ticks) {
  static uint32_t last;
  static bool counting;
  start();
  const uint32_t now = RTC1_COUNTER;
  if (!counting || ((now - last) & kCounterMask) + 2u >= ticks) last = now;
  counting = true;
  last = (last + ticks) & kCounterMask;
  sleep_until_tick(last);
}

/* The MP34DT05 microphone on the PDM peripheral: gapless capture with EasyDMA double buffering.

   PTR and MAXCNT are latched when a transfer starts and STARTED tells so; the next transfer
   begins by itself at END with whatever they hold then. So each STARTED programs the transfer
   after the running one (nRF52840 product specification, PDM, "EasyDMA"). */
#include <stdbool.h>

#include "board.h"
#include "interrupts.h"

enum { kPowerPort = 0, kPowerPin = 17, kClockPin = 26, kDataPin = 25 };

static int16_t* capture_buffers[2];
static uint32_t capture_samples;
static uint32_t transfers_started;
static uint32_t transfers_ended;
static volatile bool buffer_ready;
static const int16_t* volatile ready_buffer;

/* Transfer 0 is the settling time; transfer n >= 1 fills buffer (n - 1) % 2. */
static int16_t* buffer_of_transfer(uint32_t transfer) {
  return capture_buffers[transfer == 0 ? 0 : (transfer - 1) % 2];
}

static void program_transfer(uint32_t transfer, uint32_t samples) {
  PDM_SAMPLE_PTR = (uint32_t)(uintptr_t)buffer_of_transfer(transfer);
  PDM_SAMPLE_MAXCNT = samples;
}

void pdm_handler(void);
void pdm_handler(void) {
  /* END first: at the seam between two transfers both events are set, END being the older. */
  if (PDM_EVENTS_END != 0) {
    clear_event(&PDM_EVENTS_END);
    const uint32_t transfer = transfers_ended++;
    if (transfer != 0) {
      ready_buffer = buffer_of_transfer(transfer);
      buffer_ready = true;
    }
  }
  if (PDM_EVENTS_STARTED != 0) {
    clear_event(&PDM_EVENTS_STARTED);
    program_transfer(++transfers_started, capture_samples);
  }
}

void board_microphone_start(int16_t* const buffers[2], uint32_t samples, uint32_t settle_samples) {
  capture_buffers[0] = buffers[0];
  capture_buffers[1] = buffers[1];
  capture_samples = samples;
  transfers_started = 0;
  transfers_ended = 0;
  buffer_ready = false;

  GPIO_OUTSET(kPowerPort) = 1u << kPowerPin;
  GPIO_DIRSET(kPowerPort) = 1u << kPowerPin;
  /* PSEL pins are GPIOs until the peripheral is on; the clock must idle low (PDM, "Pin
     configuration"). */
  GPIO_OUTCLR(0) = 1u << kClockPin;
  GPIO_DIRSET(0) = 1u << kClockPin;
  PDM_PSEL_CLK = PSEL_PIN(0, kClockPin);
  PDM_PSEL_DIN = PSEL_PIN(0, kDataPin);
  PDM_PDMCLKCTRL = PDM_PDMCLKCTRL_1280K; /* 1.280 MHz / 80 = 16 kHz */
  PDM_RATIO = PDM_RATIO_80;
  PDM_MODE = PDM_MODE_MONO_LEFT_FALLING;
  PDM_GAINL = PDM_GAIN_0_DB;
  PDM_GAINR = PDM_GAIN_0_DB;
  PDM_ENABLE = PDM_ENABLE_ENABLED;

  PDM_EVENTS_STARTED = 0;
  PDM_EVENTS_END = 0;
  PDM_INTENSET = PDM_INT_STARTED | PDM_INT_END;
  enable_interrupt(kIrqPdm);
  program_transfer(0, settle_samples);
  PDM_TASKS_START = 1;
}

const int16_t* board_microphone_wait(void) {
  sleep_until(&buffer_ready);
  buffer_ready = false;
  return ready_buffer;
}

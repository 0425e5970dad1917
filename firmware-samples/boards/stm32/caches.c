/* L1 caches of the Cortex-M7: Armv7-M ARM (DDI 0403E) B2.2 and B3.2, Cortex-M7 TRM (DDI 0489) 4.

   BOARD_CACHES is one of
     CACHES_ON             both on, RAM written back as in the default memory map
     CACHES_WRITE_THROUGH  both on, RAM written through by an MPU region
     CACHES_OFF            neither
   Nothing but the core uses the RAM here (no DMA), so nothing has to be cleaned. */
#include "caches.h"

#include "description.h"
#include "registers.h"

#if CORTEX_M7

#define CACHES_OFF 0
#define CACHES_ON 1
#define CACHES_WRITE_THROUGH 2

static inline void barrier(void) { __asm volatile("dsb\n\tisb" ::: "memory"); }

#if BOARD_CACHES == CACHES_WRITE_THROUGH
/* SRAM from 0x20000000 to 0x3FFFFFFF: normal memory, write-through, no write allocate (TEX 0,
   C 1, B 0), full access, never executed. TCM is not cached whatever the region says. */
static void write_ram_through(void) {
  MPU_RNR = 0;
  MPU_RBAR = 0x20000000u;
  MPU_RASR = MPU_RASR_XN | MPU_RASR_FULL_ACCESS | MPU_RASR_C | MPU_RASR_SIZE(29) | MPU_RASR_ENABLE;
  MPU_CTRL = MPU_CTRL_PRIVDEFENA | MPU_CTRL_ENABLE;
  barrier();
}
#endif

#if BOARD_CACHES != CACHES_OFF
static void enable_instruction_cache(void) {
  barrier();
  SCB_ICIALLU = 0;
  barrier();
  SCB_CCR |= SCB_CCR_IC;
  barrier();
}

/* After reset the lines hold anything: each set and way is invalidated first. */
static void enable_data_cache(void) {
  SCB_CSSELR = 0;
  barrier();
  const uint32_t geometry = SCB_CCSIDR;
  const uint32_t last_set = CCSIDR_NUM_SETS(geometry);
  const uint32_t last_way = CCSIDR_ASSOCIATIVITY(geometry);
  for (uint32_t set = 0; set <= last_set; ++set) {
    for (uint32_t way = 0; way <= last_way; ++way) SCB_DCISW = DCISW_4_WAYS(set, way);
  }
  barrier();
  SCB_CCR |= SCB_CCR_DC;
  barrier();
}
#endif

void caches_initialise(void) {
  DCB_DEMCR |= DCB_DEMCR_TRCENA;
  DWT_LAR = DWT_LAR_KEY;
#if BOARD_CACHES == CACHES_WRITE_THROUGH
  write_ram_through();
#endif
#if BOARD_CACHES != CACHES_OFF
  enable_instruction_cache();
  enable_data_cache();
#endif
}

#else

void caches_initialise(void) {}

#endif

/* What a host may use of the runner, by the names of the symbols. */
#ifndef RUNNER_H_
#define RUNNER_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { kRunnerTensors = 8, kRunnerErrorBytes = 160 };

typedef struct {
  void* data;
  uint32_t bytes;
} RunnerTensor;

/* Where the model's inputs and outputs lie. Valid from the first runner_before_inference() on. */
extern RunnerTensor runner_inputs[kRunnerTensors];
extern RunnerTensor runner_outputs[kRunnerTensors];
extern uint32_t runner_input_count;
extern uint32_t runner_output_count;

/* The operators that it has, with a space behind each. */
extern const char runner_operators[];

/* How many bytes from `runner_arena` on the memory plan takes, tables included; 0: no plan yet. */
extern uint32_t runner_arena_bytes;

/* Why the model cannot be run, zero-terminated; empty: it can. The same goes over the UART as
   "ERROR <text>", and the processor sleeps for good. */
extern char runner_error[kRunnerErrorBytes];

/* Called around each inference. Inputs hold the pattern of input_pattern.hpp when the first one is
   called: what a host stores there then is what the model sees. */
void runner_before_inference(void);
void runner_after_inference(void);

#ifdef __cplusplus
}
#endif

#endif

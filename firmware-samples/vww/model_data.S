/* The model in flash, aligned as the format and the runtime ask. */
  .syntax unified
  .section .rodata.vww_model, "a"
  .balign 16
  .global vww_model
  .type vww_model, %object
vww_model:
  .incbin "vww/vww_depthwise_int8.tflite"
model_end:
  .size vww_model, model_end - vww_model

  .balign 4
  .global vww_model_size
  .type vww_model_size, %object
vww_model_size:
  .word model_end - vww_model
  .size vww_model_size, 4

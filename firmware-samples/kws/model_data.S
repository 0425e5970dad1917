/* The model in flash, aligned as the format and the runtime ask. */
  .syntax unified
  .section .rodata.kws_model, "a"
  .balign 16
  .global kws_model
  .type kws_model, %object
kws_model:
  .incbin "kws/kws_ds_cnn_int8.tflite"
model_end:
  .size kws_model, model_end - kws_model

  .balign 4
  .global kws_model_size
  .type kws_model_size, %object
kws_model_size:
  .word model_end - kws_model
  .size kws_model_size, 4

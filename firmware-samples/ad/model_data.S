/* The model in flash, aligned as the format and the runtime ask. */
  .syntax unified
  .section .rodata.ad_model, "a"
  .balign 16
  .global ad_model
  .type ad_model, %object
ad_model:
  .incbin "ad/ad_autoencoder_int8.tflite"
model_end:
  .size ad_model, model_end - ad_model

  .balign 4
  .global ad_model_size
  .type ad_model_size, %object
ad_model_size:
  .word model_end - ad_model
  .size ad_model_size, 4

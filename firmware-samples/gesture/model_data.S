/* The model in flash, aligned as the format and the runtime ask. */
  .syntax unified
  .section .rodata.gesture_model, "a"
  .balign 16
  .global gesture_model
  .type gesture_model, %object
gesture_model:
  .incbin "gesture/gesture_conv_int8.tflite"
model_end:
  .size gesture_model, model_end - gesture_model

  .balign 4
  .global gesture_model_size
  .type gesture_model_size, %object
gesture_model_size:
  .word model_end - gesture_model
  .size gesture_model_size, 4

/* The model in flash, aligned as the format and the runtime ask, and a picture: 32 x 32 x 3 int8,
   each pixel less 128. */
  .syntax unified
  .section .rodata.ic_model, "a"
  .balign 16
  .global ic_model
  .type ic_model, %object
ic_model:
  .incbin "ic/ic_resnet8_int8.tflite"
model_end:
  .size ic_model, model_end - ic_model

  .balign 4
  .global ic_model_size
  .type ic_model_size, %object
ic_model_size:
  .word model_end - ic_model
  .size ic_model_size, 4

  .section .rodata.ic_picture, "a"
  .balign 4
  .global ic_picture
  .type ic_picture, %object
ic_picture:
  .incbin "ic/picture.bin"
picture_end:
  .size ic_picture, picture_end - ic_picture

  .balign 4
  .global ic_picture_size
  .type ic_picture_size, %object
ic_picture_size:
  .word picture_end - ic_picture
  .size ic_picture_size, 4

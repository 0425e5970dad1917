/* Features of one clip, 49 x 10 int8, for the verification build. */
  .syntax unified
  .section .rodata.kws_verify_input, "a"
  .balign 4
  .global kws_verify_input
  .type kws_verify_input, %object
kws_verify_input:
  .incbin "kws/verify_input.bin"
input_end:
  .size kws_verify_input, input_end - kws_verify_input

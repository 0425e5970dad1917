@ Ten unaligned wide instructions behind narrow ones cost nothing more, if the buffer is full.
@ expect: 20
@ source: jnk0le/cortexm-AES, DSP S-box decryption, 1240 cycles measured on an STM32F407
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldmia   r1!, {r2-r5}
        adds    r0, r0, #1
        adds    r0, r0, #1
        adds    r0, r0, #1
        adds    r0, r0, #1
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        uadd8   r6, r6, r6
        nop
end:
        b       .
        .ltorg

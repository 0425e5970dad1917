@ A pending exception follows the one that ends without unstacking.
@ expect: 7
@ source: Arm DDI 0439D table 3-1 (BX: counted as one here) and 3.9 (6 cycles)
        .syntax unified
        .thumb
        .global _start
_start:
        svc     #0
        b       .
        .balign 4
vector_11:
        ldr     r0, =0xE000ED04
        ldr     r1, =0x10000000
        str     r1, [r0]
        dsb
        isb
start:
        bx      lr
        .balign 4
vector_14:
end:
        b       .
        .ltorg

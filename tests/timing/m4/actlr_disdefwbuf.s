@ With ACTLR.DISDEFWBUF a store completes before the next instruction: address and data phase.
@ expect: 3
@ source: Arm DDI 0439D 4.2 (stores must complete before the next instruction), AMBA AHB-Lite (a transfer without waits takes two cycles)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        ldr     r0, =0xE000E008
        ldr     r2, =2
        str     r2, [r0]
        dsb
        .balign 4
        isb
start:
        str     r0, [r1]
        add.w   r3, r3, #1
end:
        b       .
        .ltorg

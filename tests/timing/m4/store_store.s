@ Two stores take two cycles.
@ expect: 2
@ source: pornin/c-fn-dsa, notes on Cortex-M4 timing
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        str     r0, [r1]
        str     r2, [r1, #4]
end:
        b       .
        .ltorg

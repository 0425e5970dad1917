@ STRD takes three, one more than two stores.
@ expect: 3
@ source: pornin/c-fn-dsa, notes on Cortex-M4 timing; Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        strd    r2, r3, [r1]
end:
        b       .
        .ltorg

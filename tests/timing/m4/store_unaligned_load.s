@ A load behind an unaligned store waits for both of its halves.
@ expect: 5
@ source: Arm DDI 0439D 3.3.2 (a word on a halfword boundary takes one access more); jnk0le/random, pipeline cycle test, cortex_m3m4.md (a load waits for the store before it)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000002
        ldr     r4, =0x20000010
        .balign 4
        isb
start:
        str     r0, [r1]
        ldr     r2, [r4]
end:
        b       .
        .ltorg

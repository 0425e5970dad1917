@ PUSH and POP of two: neither pairs with the other.
@ expect: 6..7
@ source: Arm DDI 0439D table 3-1 and 3.3.2 (1 + N each; a load behind a store may wait)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        push    {r4, r5}
        pop     {r4, r5}
end:
        b       .
        .ltorg

@ The delay loop of cortex-m takes four cycles a round.
@ expect: 15
@ source: rust-embedded/cortex-m issues 151 and 236: 4 cycles a round where aligned; the last round saves the refill
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r0, #4
        .balign 4
        isb
start:
1:      nop
        subs    r0, #1
        bne     1b
end:
        b       .

//! Money at work: costs, sizing, fills, ledger, strategies and exits. No I/O, no clock, no dice.

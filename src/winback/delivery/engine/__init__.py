"""The engine: claims rows of the ledger, hands them over, records their fate.

``run`` leads; ``claims`` takes rows, ``crew`` talks to the server in a thread of
its own, ``journal`` remembers what a crash would forget, ``recording`` writes
fates, ``recovery`` buries the dead.
"""

"""Pure decisions: what a run would do, and what the answers mean. No I/O; preview, write, tests and audit share it.

compare     are two values of a field the same?
merge       several rows that are one record
decide      groups → actions, verdicts per row, reasons
anew        rows that are planned a second time in their run
linking     contact–company associations
keys        the key a create carries
recheck     what the CRM holds right before and after a send
stamp       the name and day of the import, on what it writes
inverse     what of a run goes back, and what stays
refusals    a CRM's refusal in plain words
accounting  the outcome of each row, and sums
"""

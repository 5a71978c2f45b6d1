"""Use cases, one per module; faces (command line, screens, API) call these and nothing below them.

gate      whether a request may leave: a cap on calls, a wish to halt
context   what a use case works with: repositories, engine, connectors
connect   an account: save, test, add our fields, the practice account
files     a file becomes an upload; its columns are matched
preview   a run and its plan
write     the plan is sent (approve, waves, lost answers)
check     every written record is read back
settle    the outcome of each row, the numbers of the run
single    one contact or company: all of it in one call
undo      the inverse of a run as a plan of its own (since: what happened to its records; takeback: its sends)
check_again  everything a run wrote, read once more; late_check does so by itself for rival companies
history   reads: runs, rows, cells
"""

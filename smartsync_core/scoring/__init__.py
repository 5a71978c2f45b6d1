"""The score card, pure: evidence in, a score with reasons out. Time is always an argument; the same input gives the same bytes.

card       the YAML score card, read and checked      facts      which evidence counts, and which is overruled
rules      points of one rule                         score      sub-scores, overall, grid, range
signals    what is worth attention                    lift       what would bring a score over a target
actions, stage, owner                                 what to do next, by ordered rules
compare    two cards over the same companies          replay     canonical bytes
"""

"""Company intelligence: which company it is, and what can be found out about it. Returns values, stores nothing.

identity   number, domain, name with postcode      fetch, addresses   the guard before every typed web address
sources    one module per place that is asked      results            found, none, not checked, failed
"""

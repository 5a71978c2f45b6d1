"""Pure: which column goes where, and what becomes of a cell.

headers     columns → targets, each sure, to check, or not imported; `words` holds the words it knows
overrides   "Column=contacts.property" as a person writes it
evidence    what a column's values say for or against a target
cleaning    one cell → values to send, or a problem; numbers, dates, people, choices do the reading
identity    texts by which a record is recognised: e-mail, domain, company name, own id
drafts      rows → drafts
"""

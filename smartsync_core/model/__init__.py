"""The nouns of the pipeline: frozen values and closed sets, no behaviour beyond what a value knows of itself.

crm         what a remote is made of: objects, fields, records, writes and their results
connection  one configured account and its switches
table       what intake reads: columns and raw rows
mapping     which column goes where, and what a cleaned cell is
plan        drafts, groups, actions, outcomes, proof
run         one pass of the pipeline and its numbers
"""

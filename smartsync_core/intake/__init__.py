"""From a file to a table of texts that know their row numbers; nothing is interpreted here.

table, sheets    the two things to call for a file
form             one record that comes without a file
kinds            what a file is, told from its content, and the refusals of what is no table
text             CSV and its relatives, streamed
workbook         XLSX, XLSM, XLS and ODS
archive          a workbook's true size, measured before it is opened
"""

from smartsync_core.intake.form import table_of
from smartsync_core.intake.table import read_table, sheets

__all__ = ["read_table", "sheets", "table_of"]

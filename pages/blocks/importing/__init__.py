"""The steps of the Import page: file, account, columns, values, duplicates, preview, writing and result."""

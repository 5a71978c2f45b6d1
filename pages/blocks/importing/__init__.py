"""The steps of the Import page: file, account, columns, preview, writing and result."""

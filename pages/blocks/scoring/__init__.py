"""The score card on its screen: each part as a table, what a draft would change, versions, and the back-test."""

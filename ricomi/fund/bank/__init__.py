"""What passes between the Fund and its bank: statements that are read, payments that are written, and their matching.

Nothing here knows a model or a database. `reading.read` takes a file and gives statements, `payment.payment_file` gives
the file that the bank is to carry out, `matching.propose` says which entry may settle which expected payment.
"""

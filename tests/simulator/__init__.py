"""A simulator of lives: years of people by seeded chance, through the real operations, beside a model of them.

An event is one thing asked of the portal, refused ones and repeats included: a transaction, or the work of a day.
`model` and `papers` keep what should be; `expected`, `late_news` and `versions` are the law in other words; `steps` is
what can happen, `world` the state, `rows` the comparison, `runner` the loop. After each step the rows it touched are
compared; every 500 events everything is, and the ledger and the journal are proven. `script/simulate --seed N --events
N` runs as many as wanted.
"""

"""Account and instruction layouts of the programs an auditor meets, one module per program."""

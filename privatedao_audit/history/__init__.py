"""The whole history of a DAO's addresses: fetched, chained by balances, told and reconciled."""

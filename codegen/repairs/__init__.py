"""The rules that repair a contract, grouped by what they repair."""

"""Words every room shares: ids, money, time, errors, events, language. Imports nothing of ours."""

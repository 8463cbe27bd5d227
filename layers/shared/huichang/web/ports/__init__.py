"""Ports of the API: everything it needs from the rest of the house, by what it is about. bootstrap builds them; tests build fakes.

They raise the kernel's errors: InvalidInputError (400), NotFoundError (404), ConflictError (409), PermanentError (422),
TransientError (503). Whoever takes an `actor` writes the audit trail: a route cannot forget it.
"""

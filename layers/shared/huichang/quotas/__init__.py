"""How fast models may be called: quotas, who goes next, what a provider asked us to wait, and the circuit breaker."""

"""The HTTP edge: what is asked, who asks, whether they may, and the answer. No business here."""

"""From one sentence to themes worth building: the brief, planning, expansion, stock depth, duplicates."""

"""Which products a venue shows and why: three recalls, closed-schema rules, fusion, merchandising edits, floors."""

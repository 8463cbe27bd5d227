"""The life of campaigns and venues: their states, the journal of their steps, review, failure, the audit trail."""

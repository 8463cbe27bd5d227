"""State in one DynamoDB table. Keys are documented in docs/architecture.md; every write is conditional."""

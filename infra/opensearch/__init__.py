"""A real OpenSearch node for tests and for trying the production search adapter on one machine."""

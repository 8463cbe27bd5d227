"""An OpenAI-compatible model server that needs no model: honest, deterministic work, labelled offline in every answer."""

"""How much traffic may go where: floors, caps, pacing, priorities, boosts and holds, solved together, and what could not hold. Pure."""

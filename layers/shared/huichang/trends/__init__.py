"""What people talk about: imported trends, their heat, the festival calendar, and matching an idea to them."""

"""What can be sold: products, their attributes, the indicators that describe them, and how foreign files become products."""

"""What a designer needs at hand beside the product: pages in the look of a package that is being made."""

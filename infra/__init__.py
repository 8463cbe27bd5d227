"""What runs, deploys and measures the product; the product itself is layers/shared/huichang."""

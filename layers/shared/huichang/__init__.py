"""Huichang: one sentence from an e-commerce operator in, reviewed and published promotion venues out."""

"""Enrolment, supply gaps and the briefs that recruit merchants for them."""

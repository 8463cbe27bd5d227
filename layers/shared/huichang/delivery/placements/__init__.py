"""The places where venues are shown, as data: who may be there, how many, how often."""

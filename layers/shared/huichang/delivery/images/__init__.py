"""Which first image a venue is shown with: beliefs over a venue's images, shares by segment, drawn and logged. Pure."""

"""What a layer offers."""

VALUE = "from the layer"

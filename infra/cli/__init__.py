"""`huichang`: a client of the HTTP API. It does nothing that the API does not, so it works the same here and on AWS."""

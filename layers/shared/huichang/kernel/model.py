"""The base of every value object: frozen, and it refuses fields it does not know."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen value object. Unknown fields are an error: a typo in a mapping or a model answer must not pass unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

"""PictureEyes with Pillow: the look of a picture, 16 x 16 RGB cells."""

from __future__ import annotations

import base64
import io

from huichang.kernel.errors import PermanentError
from huichang.materials.likeness import SIDE


class PillowEyes:
    """Shrinks by averaging, so that encoding noise does not show."""

    def look(self, data: bytes) -> str:
        """See PictureEyes."""
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(io.BytesIO(data)) as picture:
                small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
            raise PermanentError(f"this is no picture: {error}", where="picture") from error
        return base64.b64encode(small.tobytes()).decode()

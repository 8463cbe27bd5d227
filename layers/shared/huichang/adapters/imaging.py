"""PictureEncoder with Pillow."""

from __future__ import annotations

import io

from huichang.kernel.errors import PermanentError

MAX_PIXELS = 40_000_000


class PillowEncoder:
    """Crops to fill, strips what the provider wrote into the file, writes WebP with the label it is given."""

    def encode(self, data: bytes, *, width: int, height: int, budget: int, xmp: bytes = b"") -> tuple[bytes, int, int]:
        """See PictureEncoder."""
        from PIL import Image, ImageOps, UnidentifiedImageError

        try:
            with Image.open(io.BytesIO(data)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise PermanentError(f"the picture has {picture.width}x{picture.height} pixels", where="image model")
                fitted = ImageOps.fit(picture.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
            raise PermanentError(f"the image model's answer is no picture: {error}", where="image model") from error
        encoded = b""
        for quality in (86, 78, 68, 56, 42):
            out = io.BytesIO()
            fitted.save(out, "WEBP", quality=quality, method=4, xmp=xmp)
            encoded = out.getvalue()
            if len(encoded) <= budget:
                break
        return encoded, width, height

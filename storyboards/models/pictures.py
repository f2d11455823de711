"""A stored picture file. Uploads and vendors' answers alike; `storyboards.pictures` checks and stores them."""

from django.db import models


class Picture(models.Model):
    """One file, stored once however often it is used: its name is its content's hash.

    Pages never show this name: they ask for "the chosen take of frame 7", and the check happens there.
    """

    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    file = models.FileField(max_length=200, editable=False)
    content_type = models.CharField(max_length=40, editable=False)
    width = models.PositiveIntegerField(editable=False, help_text="pixels")
    height = models.PositiveIntegerField(editable=False, help_text="pixels")
    size = models.PositiveBigIntegerField(editable=False, help_text="bytes")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.width}×{self.height} {self.content_type.removeprefix('image/')} {self.sha256[:8]}"

    def read(self) -> bytes:
        """The file's bytes, as they were stored."""
        with self.file.open("rb") as file:
            data: bytes = file.read()
        return data

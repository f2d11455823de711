"""Pictures made by ComfyUI servers of one's own."""

from generation.providers.comfyui.provider import ComfyUIProvider

__all__ = ["ComfyUIProvider"]

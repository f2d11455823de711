"""Pictures made by ComfyUI workers on RunPod's serverless endpoints."""

from generation.providers.runpod.provider import RunPodProvider

__all__ = ["RunPodProvider"]

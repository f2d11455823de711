"""TODO steps"""

from ninja import Router

router = Router()

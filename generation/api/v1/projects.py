"""TODO projects"""

from ninja import Router

router = Router()

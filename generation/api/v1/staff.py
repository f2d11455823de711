"""TODO staff"""

from ninja import Router

router = Router()

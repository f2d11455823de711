"""TODO styles"""

from ninja import Router

router = Router()

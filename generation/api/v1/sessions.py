"""TODO sessions"""

from ninja import Router

router = Router()

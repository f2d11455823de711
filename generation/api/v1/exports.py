"""TODO exports"""

from ninja import Router

router = Router()

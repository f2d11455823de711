"""TODO runs"""

from ninja import Router

router = Router()

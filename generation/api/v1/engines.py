"""TODO engines"""

from ninja import Router

router = Router()

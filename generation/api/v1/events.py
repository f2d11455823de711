"""TODO events"""

from ninja import Router

router = Router()

"""TODO frames"""

from ninja import Router

router = Router()

"""TODO takes"""

from ninja import Router

router = Router()

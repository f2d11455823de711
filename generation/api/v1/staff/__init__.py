"""What staff run the machine with: accounts and their limits, keys, switches. The same rights as in the admin, and the
same words in its trail; for people who are not staff there is nothing here."""

from ninja import Router

from generation.api.v1.staff import accounts, keys, switches

router = Router()
for part in (accounts, keys, switches):
    router.add_router("", part.router)

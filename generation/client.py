"""TODO the client and its command line"""


def main() -> None:
    raise SystemExit("not yet")

"""The vendors' protocols on loopback, in a process of its own: strict about requests, generous with trouble.

One port for all: `/gemini`, `/openai`, `/runpod`, `/comfyui`. Everything is set and read back over `/_control`, best
through `tests.simulator.client`, so that tests, workers and benchmarks in other processes meet the same vendors.
A vendor is a module with `ROUTES`; see `tests.simulator.exchange` for what it has to work with.
"""

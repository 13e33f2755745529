"""Works through jobs; finishes the one in hand when it is told to stop."""

import signal
import threading

stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())

while not stopping.wait(1):
    print("another job done", flush=True)

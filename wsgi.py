"""Where servers and `flask --app wsgi` find the application."""

import gc

from directory import create_app

app = create_app()

# A page makes thousands of objects that live for milliseconds, beside all that was imported, which stays: looking through
# them for cycles a tenth as often saves a tenth of the work.
gc.freeze()
gc.set_threshold(10_000, 10, 10)

"""Where servers and `flask --app wsgi` find the application."""

import os

# The atlas shares its work among threads of its own; more of them inside each product of matrices would only wait for a core.
# It is read when numpy is first imported, so it stands before everything else.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from directory import create_app

app = create_app()

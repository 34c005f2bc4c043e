"""The tests; `make.py` saves rows, `conftest.py` holds the fixtures, `careful.py` checks every page that is fetched."""

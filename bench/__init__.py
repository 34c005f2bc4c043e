"""One file per promise: each prints its figure beside the promise and ends non-zero when it is missed."""

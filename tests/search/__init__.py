"""Search: what words mean, who is here and why, what filters ask, what comes first, and an index that may break."""

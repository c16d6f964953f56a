"""The records of a release: commit, build, tests, logs and hash lists."""

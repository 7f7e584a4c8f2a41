"""The tasks of this repository: all of tsdbtasks, run on the example database."""

import tsdbtasks

ns = tsdbtasks.collection(settings={"root": "examples/timeseriesdb"})

"""Local stand-in CRMs that answer as the real ones do: each its own process, reached over HTTP only."""

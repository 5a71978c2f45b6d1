"""The one HTTP client: time limits, retries, rate windows, redaction. Nothing else in the project waits for a remote.

rates      how many calls may leave in each rate window of one account; shared by every caller in the process
forms      sends a form where tokens are got
client     sends one request until it is answered for good, or says which error family stopped it
redaction  tokens never reach a log, an error or a repr
"""

from smartsync_core.http.client import Answer, HttpClient, Patience, TokenExpired, Unanswered
from smartsync_core.http.forms import post_form
from smartsync_core.http.rates import Rate, RateLimiter, SendTimes, SendTimesKeeper, limiters
from smartsync_core.http.tokens import FixedToken

__all__ = [
    "Answer",
    "FixedToken",
    "HttpClient",
    "Patience",
    "Rate",
    "RateLimiter",
    "SendTimes",
    "SendTimesKeeper",
    "TokenExpired",
    "Unanswered",
    "limiters",
    "post_form",
]

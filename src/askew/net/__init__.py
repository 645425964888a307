"""HTTP client shared by everything that calls a service, and its errors."""

from askew.errors import AskewError, ModelError


class ServiceError(ModelError):
    """Final failure of a call. status: the HTTP status (0 = none, or one that was retried)."""

    def __init__(self, service: str, what: str, status: int = 0, attempts: int = 1, retry_after: float = 0) -> None:
        super().__init__(f"{service}: the service {what.rstrip('.')}.")
        self.status = status
        self.attempts = attempts
        self.retry_after = retry_after


class RetryableError(Exception):
    """Temporary failure. retry_after: seconds requested by the service. shared: concurrent requests wait as well.

    final: the service's own error, raised once no further attempt is made.
    """

    def __init__(
        self, reason: str, retry_after: float = 0, shared: bool = False, final: AskewError | None = None
    ) -> None:
        super().__init__(reason)
        self.final = final
        self.retry_after = retry_after
        self.shared = shared


class UnexpectedResponseError(Exception):
    """A response that is not what the protocol specifies; the message says what it is instead."""

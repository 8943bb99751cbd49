"""Every error this product raises on purpose.

ServiceError
├── ConfigError               config               an address or setting that cannot be right
├── StoppedError              stopped              the caller pressed Stop
├── UnavailableError          unavailable          an embedded server that cannot run on this machine
├── ProviderError             (the server answered, and said no)
│   ├── AuthError             auth                 401
│   ├── BillingError          billing              402, or a 429 that speaks of quota
│   ├── AccessDeniedError     permission           403 with a readable reason
│   ├── BlockedError          blocked              403 with an HTML page: a proxy or firewall on the way
│   ├── ContextLengthError    context_length       prompt and max_tokens do not fit the model
│   ├── BadRequestError       bad_request          400, 422
│   ├── NotFoundError         not_found            404, or 400 model_not_available
│   ├── ConflictError         conflict             409
│   ├── TooLargeError         too_large            413, or an answer over its byte bound
│   ├── RateLimitError        rate_limit           429
│   └── ServerError           server               5xx, or an error inside a 200 or a stream
│       └── OverloadedError   overloaded           503, 529
├── TransportError            (no usable answer came)
│   ├── ConnectError          connection           refused, unreachable, reset, broken HTTP framing
│   │   └── DnsError          dns                  host name not found
│   ├── TlsError              tls                  certificate not trusted, or no TLS there
│   └── RedirectError         redirect             any 3xx; nothing is sent to the other host
├── DeadlineError             timeout              408, or one of our own deadlines
├── ProtocolError             protocol             an answer that is not one of a model API
└── StreamInterruptedError    stream_interrupted   the stream ended before the answer did

`retryable` holds before the first text only; `fallback` says whether another model or endpoint may be asked instead.
A message is one sentence without secrets; `remedy` is what the reader can do next.
"""

from __future__ import annotations


class ServiceError(Exception):
    """One sentence on what happened, and `remedy`, one on what to do.

    status is the HTTP status or None; code is the provider's own code or type; request_id as the provider sent it;
    retry_after_s is how long the provider asked to wait (seconds, from now); attempts counts requests sent so far;
    page is the start of a raw HTML answer, for an escaped disclosure only; partial_text is what of an answer had come.
    """

    kind: str = "error"
    retryable: bool = False
    fallback: bool = False
    remedy: str = "Try again; if it happens again, look at the log."

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
        retryable: bool | None = None,
        page: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status, self.code, self.request_id = status, code, request_id
        self.retry_after_s, self.page = retry_after_s, page
        self.attempts = 1
        self.partial_text = ""
        if remedy is not None:
            self.remedy = remedy
        if retryable is not None:
            self.retryable = retryable


class ConfigError(ServiceError):
    kind = "config"
    remedy = "Correct the setting and start again."


class StoppedError(ServiceError):
    kind = "stopped"
    remedy = "Press Again to ask once more."


class UnavailableError(ServiceError):
    kind = "unavailable"
    fallback = True
    remedy = "Pick another endpoint; the Sandbox needs nothing beyond Python."


class ProviderError(ServiceError):
    pass


class AuthError(ProviderError):
    kind = "auth"
    remedy = "Check the key: under Settings, in TOGETHER_API_KEY, or the endpoint's own. Nothing was charged."


class BillingError(ProviderError):
    kind = "billing"
    remedy = "The account has no credit left or reached its limit: add credit at the provider."


class AccessDeniedError(ProviderError):
    kind = "permission"
    remedy = "Ask whoever runs the account to allow this model, or pick another one."


class BlockedError(ProviderError):
    kind = "blocked"
    remedy = "A proxy or firewall stands in between: ask your network team to allow this host."


class ContextLengthError(ProviderError):
    kind = "context_length"
    remedy = "Shorten the conversation or lower max_tokens."


class BadRequestError(ProviderError):
    kind = "bad_request"
    remedy = "Change what the message names and send again."


class NotFoundError(ProviderError):
    kind = "not_found"
    fallback = True
    remedy = "Pick a model that can be called; the catalogue lists them."


class ConflictError(ProviderError):
    kind = "conflict"
    retryable = True
    remedy = "Try again."


class TooLargeError(ProviderError):
    kind = "too_large"
    remedy = "Ask for less at once."


class RateLimitError(ProviderError):
    kind = "rate_limit"
    retryable = True
    fallback = True
    remedy = "Wait a moment and press Again, or pick another model."


class ServerError(ProviderError):
    kind = "server"
    retryable = True
    fallback = True
    remedy = "The provider failed: try again, or pick another model."


class OverloadedError(ServerError):
    kind = "overloaded"
    remedy = "The provider is busy: try again in a moment, or pick another model."


class TransportError(ServiceError):
    pass


class ConnectError(TransportError):
    kind = "connection"
    retryable = True
    remedy = "Check the address and the network, or pick the Sandbox meanwhile."


class DnsError(ConnectError):
    kind = "dns"
    retryable = False
    remedy = "Check the host name of the address; behind a company proxy set HTTPS_PROXY."


class TlsError(TransportError):
    kind = "tls"
    remedy = "Check the address; in a company network set SSL_CERT_FILE to your certificate bundle."


class RedirectError(TransportError):
    kind = "redirect"
    remedy = "Set the address to the final one; nothing was sent to the other host."


class DeadlineError(ServiceError):
    kind = "timeout"
    retryable = True
    fallback = True
    remedy = "Try again, or raise the time limit: under Settings, or TOGETHER_TIMEOUT."


class ProtocolError(ServiceError):
    """position is the place, from 0, of the one of several inputs that it concerns."""

    kind = "protocol"
    position: int | None = None
    remedy = "Check that the address is that of a model API (it usually ends in /v1)."


class StreamInterruptedError(ServiceError):
    kind = "stream_interrupted"
    remedy = "The text so far is kept; press Again to ask once more."

"""Secrets in words that others wrote: a report is attached to tickets, and a log's lines and events may hold passwords.

What is masked are values behind a name that says what they are, and values whose own shape says it. It is a net, no
promise: a secret without a name and a shape passes.
"""

from oomscope.patterns import lazy

MASK = "***"

_HINTS = (
    "passw", "passphrase", "pwd", "secret", "token", "apikey", "api-key", "api_key", "accesskey", "access-key", "access_key",
    "privatekey", "private-key", "private_key", "bearer", "basic", "credential", "authorization", "eyj", "akia", "asia",
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "aiza", "sk-", "sk_live_", "rk_live_", "://",
    "npm_", "hvs.",
)  # fmt: skip
"""Of these any text with a secret holds one: nearly all lines of a log are let pass by them."""

_NAMED = lazy(
    r"""(?i)((?<![a-z])(?:[\w.-]{0,40}(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"""
    r"""|credentials?|client[_-]?secret|authorization)|pwd)["']?[ \t]{0,4}[=:][ \t]{0,4}["']?)"""
    r"""([^\s"'&,;)\]}]{3,512})"""
)
_OPTION = lazy(
    r"""(?i)(--?[\w-]{0,40}(?:passw(?:or)?d|passwd|passphrase|secret|token|api-?key|access-?key)[ \t]{1,4}["']?)([^\s"'-][^\s"']{2,512})"""
)
_SCHEME = lazy(r"(?i)(\b(?:bearer|basic)[ \t]{1,4})([a-z0-9+/=._~-]{8,4096})")
_IN_URL = lazy(r"([a-zA-Z][a-zA-Z0-9+.-]{1,30}://[^\s:/@]{0,256}:)([^\s/@]{1,256})(?=@)")
_SHAPED = lazy(
    r"\b(?:eyJ[\w-]{8,4096}\.[\w-]{8,8192}(?:\.[\w-]{0,4096})?|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,255}"
    r"|github_pat_\w{20,255}|glpat-[\w-]{20,64}|xox[abeoprs]-[\w-]{10,255}|AIza[\w-]{35}|sk-[\w-]{20,255}|[rs]k_live_\w{16,255}"
    r"|npm_[A-Za-z0-9]{36}|hvs\.[\w-]{20,255})"
)


def masked(text: str) -> str:
    """Return the text with `***` in the place of what looks like a secret."""
    lower = text.lower()
    for hint in _HINTS:
        if hint in lower:
            break
    else:
        return text
    for pattern in (_SCHEME, _NAMED, _OPTION, _IN_URL):
        text = pattern.sub(rf"\1{MASK}", text)
    return _SHAPED.sub(MASK, text)

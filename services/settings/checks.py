"""Texts to values: what each setting accepts. Whatever is refused raises Unusable, and never repeats a secret."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}
_PLACEHOLDER = re.compile(r"<.*>|\$\{.*\}|\$\w+|your[_-].*|.*[_-]here|change[_-]?me|x{3,}|\.{3,}|…", re.IGNORECASE)
_NUMBER_HOST = re.compile(r"(0[xX][0-9a-fA-F]*|\d+)(\.(0[xX][0-9a-fA-F]*|\d+))*\.?")
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".svc")
_MAX_TIMEOUT_S = 86_400.0
_MAX_RETRIES = 10


class Unusable(ValueError):
    """why completes "<name> is <value>: ..." or "<name>: ..."; remedy is one imperative sentence."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why, self.remedy = why, remedy


def text(value: str, root: Path) -> str:
    return value.strip()


def password(value: str, root: Path) -> str:
    """As it stands: white space may belong to it."""
    return value


def flag(value: str, root: Path) -> bool:
    word = value.strip().lower()
    if word not in _TRUE | _FALSE:
        raise Unusable("it is neither true nor false", "Write true or false (1, 0, yes, no, on and off also do).")
    return word in _TRUE


def timeout_s(value: str, root: Path) -> float:
    """Seconds, above 0 and at most a day."""
    remedy = "Write a number of seconds above 0, for example 300."
    try:
        seconds = float(value)
    except ValueError:
        raise Unusable("it is not a number of seconds", remedy) from None
    if not 0 < seconds <= _MAX_TIMEOUT_S:
        raise Unusable("a time limit lies above 0 and is at most 86400 seconds", remedy)
    return seconds


def retries(value: str, root: Path) -> int:
    return _whole(value, 0, _MAX_RETRIES, "number of retries")


def port(value: str, root: Path) -> int:
    return _whole(value, 1, 65_535, "port")


def _whole(value: str, low: int, high: int, what: str) -> int:
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", value) or not low <= int(value) <= high:
        raise Unusable(f"a {what} is a whole number from {low} to {high}", f"Write a number from {low} to {high}.")
    return int(value)


def existing_file(value: str, root: Path) -> Path:
    """A relative path is taken from root."""
    path = root / value
    if "\0" in value or not path.is_file():
        raise Unusable("there is no such file", "Write the full path; ~ and variables are not replaced.")
    return path


def folder(value: str, root: Path) -> Path:
    """Need not be there yet. A relative path is taken from root."""
    path = root / value.strip()
    if "\0" in value or (path.exists() and not path.is_dir()):
        raise Unusable("it is not a folder", "Write the path of a folder; ~ and variables are not replaced.")
    return path


def api_key(value: str, root: Path | None = None) -> str:
    """The key without the white space and the one pair of quotes that copying leaves around it."""
    key = value.strip()
    if len(key) > 1 and key[0] == key[-1] and key[0] in "\"'":
        key = key[1:-1].strip()
    if not key or _PLACEHOLDER.fullmatch(key):
        raise Unusable("it still holds a placeholder, not a key", "Put the key itself there, or remove the line.")
    if any(c in key for c in "\r\n"):
        raise Unusable("the key has a line break inside", "Copy the key again, on one line.")
    if any(c.isspace() for c in key):
        raise Unusable("the key has a space inside", "Copy the key alone, without Bearer or other words.")
    if not key.isascii() or not key.isprintable():
        raise Unusable("the key has a character that no key has", "Copy the key again, without other characters.")
    return key


def host(value: str, root: Path) -> str:
    """A host name or address alone: the HANA driver takes the port apart from it."""
    name = value.strip()
    if "://" in name or "/" in name or "@" in name:
        raise Unusable(
            "it is an address, not a host name alone", "Write the host name alone, without https:// or path."
        )
    if re.search(r":\d*$", name) and name.count(":") == 1:
        raise Unusable("it holds a port", "Write the host name alone and put the port into HANA_PORT.")
    if not re.fullmatch(r"[\w.:\[\]-]+", name):
        raise Unusable(
            "it is not a host name", "Write one host name, for example one ending in hanacloud.ondemand.com."
        )
    return name


def endpoint_hosts(value: str, root: Path) -> tuple[str, ...]:
    """Names, .suffixes and *; "none" is an empty tuple."""
    entries = tuple(entry.strip().lower().rstrip(".") for entry in value.split(",") if entry.strip())
    if entries == ("none",):
        return ()
    bad = next((entry for entry in entries if not re.fullmatch(r"\*|\.?[a-z0-9_][a-z0-9_.-]*|[0-9a-f:]+", entry)), None)
    if bad is not None or not entries or "none" in entries:
        raise Unusable("it is not a list of host names", "Write names alone, as in llm.example.com.")
    return entries


def base_url(value: str, root: Path | None = None) -> str:
    """The address of a model API without trailing slash; plain http only to this machine or a private network.

    Only what the text shows is judged: a name is not resolved.
    """
    example = "Write an address such as https://api.together.ai/v1."
    cleaned = value.strip()
    if not cleaned.isprintable() or any(c.isspace() or c == "\\" for c in cleaned):
        raise Unusable("it holds a space, a control character or a backslash", example)
    try:
        parts = urlsplit(cleaned)
        port_number, name = parts.port, parts.hostname
    except ValueError:
        raise Unusable("it is not an address", example) from None
    if parts.scheme.lower() not in ("http", "https") or "://" not in cleaned:
        raise Unusable("an address begins with https:// (or http://)", example)
    if parts.username is not None or parts.password is not None:
        raise Unusable("it holds a user name or password", "Take everything before the @ out, and the @ itself.")
    if not name or port_number == 0 or parts.query or parts.fragment:
        raise Unusable("it needs a host, and no ? or # part", example)
    _check_host(name, parts)
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path.rstrip("/"), "", ""))


def _check_host(name: str, parts: SplitResult) -> None:
    address = _ip(name)
    if not name.isascii() or (address is None and (":" in name or _NUMBER_HOST.fullmatch(name))):
        raise Unusable("its host is written in an unusual way", "Write the host as a plain name or as four numbers.")
    if address is not None and (address.is_link_local or address.is_multicast or address.is_unspecified):
        raise Unusable("no model API stands at such an address", "For this machine write 127.0.0.1.")
    if parts.scheme.lower() == "http" and not is_private(name):
        raise Unusable("plain http would show the key and the prompts to the network", "Write https:// instead.")


def _ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def host_of(address: str) -> str:
    """The host of an address that base_url let through."""
    return urlsplit(address).hostname or ""


def is_private(name: str) -> bool:
    """Whether a host is this machine or one of a private network, as far as its name or address shows."""
    address = _ip(name)
    if address is not None:
        return address.is_private
    plain = name.lower().rstrip(".")
    return "." not in plain or plain.endswith(_PRIVATE_SUFFIXES) or ".svc." in plain


def proxy(value: str, root: Path) -> str:
    """http:// or https:// and a host; may hold a user name and password."""
    cleaned = value.strip()
    try:
        parts = urlsplit(cleaned if "://" in cleaned else f"http://{cleaned}")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not cleaned.isprintable() or " " in cleaned:
        raise Unusable("it is not the address of an HTTP proxy", "Write it as http://host:port.")
    return cleaned if "://" in cleaned else f"http://{cleaned}"


def closest(word: str, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    """What a misspelt name was meant to be; cutoff 0 to 1, the least likeness."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, n=1, cutoff=cutoff)), None)


def shown(value: str) -> str:
    """A value as it may stand in a message: one short line without what stands before an @ or after a ?.

    Long runs of key characters are cut too: a key pasted into the wrong variable must not come to light.
    """
    hidden = re.sub(r"(?<=://)[^/]*@|^[^/]*@", "…@", value)
    hidden = re.sub(r"\?.*", "?…", hidden, flags=re.DOTALL)
    hidden = re.sub(r"[A-Za-z0-9_-]{24,}", lambda run: f"{run.group()[:4]}…", hidden)
    line = "".join(c if c.isprintable() else "�" for c in hidden)
    return f'"{line[:80]}…"' if len(line) > 80 else f'"{line}"'

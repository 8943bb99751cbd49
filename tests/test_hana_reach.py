"""A connection that a visitor filled in leads no further than his endpoints may, and touches nothing of others."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.errors import ConfigError
from services.hana_reach import checked, driver_within
from services.reach import Reach
from services.settings import HanaSettings

TYPED = HanaSettings(host="hana.example.com", user="READER", password="Invented-1")
ANYWHERE = Reach(private=True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (replace(TYPED, host=None), "No host is given."),
        (replace(TYPED, user=None), "User or password is missing."),
        (replace(TYPED, password=""), "User or password is missing."),
        (replace(TYPED, host="https://hana.example.com"), "not a host name alone"),
        (replace(TYPED, host="hana.example.com:443"), "it holds a port"),
        (replace(TYPED, host="one.example.com;two.example.com"), "not a host name"),
        (replace(TYPED, host="hana.example.com\x00"), "not a host name"),
    ],
)
def test_what_cannot_be_right_is_said_without_asking_anybody(typed: HanaSettings, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        checked(typed, ANYWHERE, here=True)
    assert said in refused.value.message
    assert "HANA_" not in refused.value.remedy
    assert "Invented-1" not in str(refused.value)


def test_white_space_around_a_host_is_taken_off() -> None:
    assert checked(replace(TYPED, host=" hana.example.com "), ANYWHERE, here=False).host == "hana.example.com"


@pytest.mark.parametrize("change", [{"userkey": "ADMIN"}, {"trust_store": Path("/etc/hosts")}])
def test_logins_and_files_of_the_machine_are_for_who_sits_at_it(change: dict[str, Any]) -> None:
    typed = replace(TYPED, **change)
    with pytest.raises(ConfigError, match="you are not at it"):
        checked(typed, ANYWHERE, here=False)
    assert checked(typed, ANYWHERE, here=True) == typed


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "169.254.169.254"])
def test_a_visitor_from_elsewhere_does_not_look_around_in_this_network(host: str) -> None:
    with pytest.raises(ConfigError, match="may not be asked"):
        checked(replace(TYPED, host=host), Reach(), here=False)


def named(address: str) -> Any:
    return lambda host, port: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]


def test_a_name_is_judged_by_where_it_leads_before_every_connection() -> None:
    loaded: list[str] = []

    def load() -> str:
        loaded.append("driver")
        return "driver"

    inside = driver_within("hana.example.com", Reach(), resolve=named("10.1.2.3"), load=load)
    for _ in range(2):
        with pytest.raises(ConfigError):
            inside()
    assert loaded == []
    assert driver_within("hana.example.com", Reach(), resolve=named("93.184.216.34"), load=load)() == "driver"
    assert driver_within("hana.example.com", ANYWHERE, resolve=named("10.1.2.3"), load=load)() == "driver"


@pytest.mark.parametrize("failure", [socket.gaierror("not found"), UnicodeError("label too long")])
def test_that_a_name_leads_nowhere_is_left_to_the_driver_to_say(failure: Exception) -> None:
    def fails(host: str, port: None) -> Any:
        raise failure

    assert driver_within("no.such.host.example", Reach(), resolve=fails, load=lambda: "driver")() == "driver"


def test_a_key_of_the_user_store_names_no_host_to_judge() -> None:
    assert driver_within(None, Reach(), load=lambda: "driver")() == "driver"

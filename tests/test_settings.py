"""What is read, where from, and what is said about values that cannot be right."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from services.endpoints import Endpoint
from services.errors import ConfigError
from services.settings import Settings, checked_endpoint, load

KEY = "tgp_v1_invented-for-this-test-0123456789"


def write(root: Path, name: str, content: str) -> None:
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, "utf-8")


def problem(settings: Settings, variable: str) -> str:
    found = settings.problem_with(variable)
    assert found is not None, settings.problems
    assert found.message.endswith(".")
    assert found.remedy.endswith(".")
    return found.message


def test_nothing_configured_gives_the_defaults_without_complaint(tmp_path: Path) -> None:
    settings = load(tmp_path, {"PATH": "/bin", "HOME": "/root"})
    assert settings == Settings()
    assert (settings.timeout_s, settings.max_attempts) == (300.0, 3)
    assert settings.source_of("TOGETHER_TIMEOUT") == "default"
    assert settings.together_endpoint() is None


@pytest.mark.parametrize(
    ("environ", "local", "env", "secrets", "timeout_s", "source"),
    [
        ("1", "2", "3", "4", 1, "environment"),
        ("", "2", "3", "4", 2, ".env.local"),
        ("", "", "3", "4", 3, ".env"),
        ("", "", "", "4", 4, "secrets.toml"),
        ("", "", "", "", 300, "default"),
    ],
)
def test_the_first_place_that_says_something_wins(
    tmp_path: Path, environ: str, local: str, env: str, secrets: str, timeout_s: float, source: str
) -> None:
    write(tmp_path, ".env.local", f"TOGETHER_TIMEOUT={local}")
    write(tmp_path, ".env", f"TOGETHER_TIMEOUT={env}")
    write(tmp_path, ".streamlit/secrets.toml", f"TOGETHER_TIMEOUT = {secrets or chr(34) * 2}")
    settings = load(tmp_path, {"TOGETHER_TIMEOUT": environ})
    assert (settings.timeout_s, settings.source_of("TOGETHER_TIMEOUT")) == (timeout_s, source)


def test_zero_retries_is_a_value_and_not_the_default(tmp_path: Path) -> None:
    settings = load(tmp_path, {"TOGETHER_MAX_RETRIES": "0"})
    assert (settings.max_retries, settings.max_attempts) == (0, 1)


@pytest.mark.parametrize("word", ["true", "TRUE", " 1 ", "yes", "On"])
def test_words_for_true(tmp_path: Path, word: str) -> None:
    assert load(tmp_path, {"ENABLE_TOGETHER_AI": word}).enable_together_ai is True


@pytest.mark.parametrize("word", ["false", "False", "0", "no", "OFF"])
def test_words_for_false(tmp_path: Path, word: str) -> None:
    assert load(tmp_path, {"ENABLE_GPU_ACCELERATION": word}).enable_gpu_acceleration is False


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path, ".streamlit/secrets.toml", "\ufeffHANA_PORT = 30015")
    settings = load(tmp_path, {})
    assert (settings.problems, settings.hana.port) == ((), 30015)


def test_toml_values_keep_their_types(tmp_path: Path) -> None:
    write(tmp_path, ".streamlit/secrets.toml", "ENABLE_TOGETHER_AI = false\nTOGETHER_TIMEOUT = 0.5\nHANA_PORT = 30015")
    settings = load(tmp_path, {})
    assert (settings.enable_together_ai, settings.timeout_s, settings.hana.port) == (False, 0.5, 30015)


@pytest.mark.parametrize(
    "line",
    [
        f'TOGETHER_API_KEY="{KEY}"',
        f"TOGETHER_API_KEY='{KEY}'",
        f"export TOGETHER_API_KEY={KEY}  # mine",
        f'\ufeffTOGETHER_API_KEY = "{KEY}\\n"\r\n',
    ],
)
def test_quotes_and_white_space_that_tools_leave_around_a_key_are_taken_off(tmp_path: Path, line: str) -> None:
    write(tmp_path, ".env", line)
    assert load(tmp_path, {}).together_api_key == KEY


def test_quotes_that_a_container_leaves_in_the_environment_are_taken_off(tmp_path: Path) -> None:
    assert load(tmp_path, {"TOGETHER_API_KEY": f' "{KEY}"\n'}).together_api_key == KEY


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("your_api_key_here", "placeholder"),
        ("YOUR-KEY", "placeholder"),
        ("<paste the key>", "placeholder"),
        ("${TOGETHER_API_KEY}", "placeholder"),
        ("changeme", "placeholder"),
        (f"{KEY[:9]}\n{KEY[9:]}", "line break"),
        (f"Bearer {KEY}", "space"),
        (f"{KEY}\u200b", "character"),
        (f"{KEY}\x07", "character"),
        (f"{KEY}é", "character"),
    ],
)
def test_a_key_that_cannot_be_one_is_refused_and_never_repeated(tmp_path: Path, key: str, why: str) -> None:
    settings = load(tmp_path, {"TOGETHER_API_KEY": key})
    assert why in problem(settings, "TOGETHER_API_KEY")
    assert "TOGETHER_API_KEY in the environment" in problem(settings, "TOGETHER_API_KEY")
    assert settings.together_endpoint() is None
    assert KEY[9:] not in repr(settings)


@pytest.mark.parametrize("key", ["s3cr3t w0rd", "s3cr3t\nw0rd", "s3cr3t-wörd", "<s3cr3t>"])
def test_not_even_a_short_piece_of_a_refused_key_is_shown(tmp_path: Path, key: str) -> None:
    settings = load(tmp_path, {"TOGETHER_API_KEY": key})
    assert "s3cr3t" not in problem(settings, "TOGETHER_API_KEY") + repr(settings)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("TOGETHER_TIMEOUT", "fast", '"fast"'),
        ("TOGETHER_TIMEOUT", "0", "above 0"),
        ("TOGETHER_TIMEOUT", "-3", "above 0"),
        ("TOGETHER_TIMEOUT", "nan", "above 0"),
        ("TOGETHER_TIMEOUT", "1e400", "above 0"),
        ("TOGETHER_MAX_RETRIES", "-1", "from 0 to 10"),
        ("TOGETHER_MAX_RETRIES", "1.5", "whole number"),
        ("TOGETHER_MAX_RETRIES", "11", "from 0 to 10"),
        ("TOGETHER_MAX_RETRIES", "9" * 5000, "from 0 to 10"),
        ("ENABLE_TOGETHER_AI", "maybe", '"maybe"'),
        ("ENABLE_GPU_ACCELERATION", "2", "neither true nor false"),
        ("LOCAL_MODEL_PATH", "missing.gguf", "no such file"),
        ("LOCAL_MODEL_PATH", ".", "no such file"),
        ("HANA_HOST", "db.example.com:443", "port"),
        ("HANA_HOST", "https://db.example.com", "not a host name alone"),
        ("HANA_HOST", "a b", "not a host name"),
        ("HANA_PORT", "70000", "from 1 to 65535"),
        ("HANA_ENCRYPT", "tls", "neither true nor false"),
        ("HTTPS_PROXY", "socks5://proxy.example.com:1", "HTTP proxy"),
        ("HTTPS_PROXY", "http://proxy.example.com:99999", "HTTP proxy"),
        ("SSL_CERT_FILE", "missing.pem", "no such file"),
    ],
)
def test_a_bad_value_is_named_with_its_remedy_and_left_at_the_default(
    tmp_path: Path, variable: str, value: str, says: str
) -> None:
    settings = load(tmp_path, {variable: value})
    assert variable in problem(settings, variable)
    assert says in problem(settings, variable)
    assert len(problem(settings, variable)) < 300
    assert settings.source_of(variable) == "default"
    assert [p.variable for p in settings.problems] == [variable]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("api.together.ai/v1", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("ftp://example.com/v1", "begins with https://"),
        ("unix:/run/api.sock", "begins with https://"),
        ("https:///v1", "needs a host"),
        ("https://", "needs a host"),
        ("https://example.com/v1?key=1", "no ? or #"),
        ("https://example.com/v1#top", "no ? or #"),
        ("https://example.com:99999/v1", "not an address"),
        ("https://[::1/v1", "not an address"),
        ("https://user:pw@example.com/v1", "user name or password"),
        ("https://user@example.com/v1", "user name or password"),
        ("http://user:pw@127.0.0.1:1/v1", "user name or password"),
        ("https://example.com/v1\r\nX: y", "control character"),
        ("https://exa\tmple.com/v1", "control character"),
        ("https://example.com\\@evil.example/v1", "backslash"),
        ("http://example.com/v1", "plain http"),
        ("http://8.8.8.8/v1", "plain http"),
        ("http://0.0.0.0:8000/v1", "no model API stands"),
        ("http://[::]:8000/v1", "no model API stands"),
        ("http://169.254.169.254/latest", "no model API stands"),
        ("http://[fe80::1]/v1", "no model API stands"),
        ("http://[::ffff:169.254.169.254]/latest", "no model API stands"),
        ("http://0/v1", "unusual way"),
        ("http://127.1/v1", "unusual way"),
        ("http://2130706433/v1", "unusual way"),
        ("http://0x7f000001/v1", "unusual way"),
        ("http://0x7f.1/v1", "unusual way"),
        ("http://017700000001/v1", "unusual way"),
        ("http://127。0。0。1/v1", "unusual way"),
        ("http://１２７.0.0.1/v1", "unusual way"),
        ("http://[fe80::1%25eth0]/v1", ""),
    ],
)
def test_an_address_that_cannot_be_right_is_refused_and_no_other_one_is_used(
    tmp_path: Path, address: str, says: str
) -> None:
    settings = load(tmp_path, {"TOGETHER_BASE_URL": address, "TOGETHER_API_KEY": KEY})
    message = problem(settings, "TOGETHER_BASE_URL")
    assert says in message
    assert "\n" not in message
    assert "pw" not in message
    assert settings.together_endpoint() is None


@pytest.mark.parametrize(
    ("address", "used"),
    [
        ("https://api.together.xyz/v1/", "https://api.together.xyz/v1"),
        (" HTTPS://gateway.example.com/together/v1 ", "https://gateway.example.com/together/v1"),
        ("http://localhost:8000/v1", "http://localhost:8000/v1"),
        ("http://LOCALHOST:8000/v1", "http://LOCALHOST:8000/v1"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://[::ffff:127.0.0.1]:8000/v1", "http://[::ffff:127.0.0.1]:8000/v1"),
        ("http://10.1.2.3/v1", "http://10.1.2.3/v1"),
        ("http://vllm:8000/v1", "http://vllm:8000/v1"),
        ("http://vllm.models.svc.cluster.local/v1", "http://vllm.models.svc.cluster.local/v1"),
    ],
)
def test_addresses_that_may_be_used(tmp_path: Path, address: str, used: str) -> None:
    settings = load(tmp_path, {"TOGETHER_BASE_URL": address, "TOGETHER_API_KEY": KEY})
    assert settings.problems == ()
    assert settings.warnings == ()
    assert settings.together_endpoint() == Endpoint("Together", "together", used, KEY)


def test_an_address_without_path_works_and_gets_a_hint(tmp_path: Path) -> None:
    settings = load(tmp_path, {"TOGETHER_BASE_URL": "https://api.together.ai"})
    assert settings.problems == ()
    assert settings.warnings == ("TOGETHER_BASE_URL has no path; the address of a model API usually ends in /v1.",)


def test_a_key_pasted_into_the_wrong_variable_does_not_come_to_light(tmp_path: Path) -> None:
    settings = load(tmp_path, {"TOGETHER_TIMEOUT": KEY, "TOGETHER_BASE_URL": f"https://h.example/v1?key={KEY[:12]}"})
    assert len(settings.problems) == 2
    assert KEY[:12] not in str(settings.problems)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'\n# note\nTOGETHER_TIMEOUT=5\n\nHANA_PASSWORD="never-shown\nX=1\n', ".env cannot be read in line 5."),
        (b"HANA_PASSWORD never-shown\nTOGETHER_TIMEOUT=5", ".env cannot be read in line 1."),
        ("TOGETHER_TIMEOUT=5".encode("utf-16"), ".env is not UTF-8 text."),
    ],
)
def test_a_broken_env_file_is_named_with_its_line_and_not_with_its_content(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    settings = load(tmp_path, {})
    assert problem(settings, ".env") == says
    assert "never-shown" not in repr(settings)


def test_the_good_lines_of_a_broken_env_file_count(tmp_path: Path) -> None:
    write(tmp_path, ".env", "TOGETHER_API_KEY oops\nENABLE_TOGETHER_AI=false\n")
    assert load(tmp_path, {}).enable_together_ai is False


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('A = "x"\nHANA_PASSWORD = "never-shown\n', "not valid TOML: see line 2."),
        ("HANA_PASSWORD = never-shown", "not valid TOML: see line 1."),
        (f"HANA_PORT = {'9' * 5000}", "not valid TOML"),
        (f"HANA_PORT = {'[' * 5000}", "not valid TOML"),
    ],
)
def test_broken_toml_is_named_with_its_line_and_not_with_its_content(tmp_path: Path, content: str, says: str) -> None:
    write(tmp_path, ".streamlit/secrets.toml", content)
    settings = load(tmp_path, {})
    assert says in problem(settings, "secrets.toml")
    assert "never-shown" not in repr(settings)


def test_a_folder_where_a_file_should_be_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").mkdir()
    settings = load(tmp_path, {})
    assert ".env cannot be read" in problem(settings, ".env")
    assert "secrets.toml cannot be read" in problem(settings, "secrets.toml")


def test_a_setting_that_is_a_toml_list_is_refused(tmp_path: Path) -> None:
    write(tmp_path, ".streamlit/secrets.toml", 'TOGETHER_API_KEY = ["never-shown"]')
    settings = load(tmp_path, {})
    assert "neither a text" in problem(settings, "TOGETHER_API_KEY")
    assert "never-shown" not in repr(settings)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("TOGETHER_API_KEYS", "TOGETHER_API_KEY"),
        ("TOGETHER_AI_API_KEY", "TOGETHER_API_KEY"),
        ("together_api_key", "TOGETHER_API_KEY"),
        ("ENABLE_TOGETHERAI", "ENABLE_TOGETHER_AI"),
        ("HANA_PASSWRD", "HANA_PASSWORD"),
    ],
)
def test_a_misspelled_name_is_pointed_out(tmp_path: Path, written: str, meant: str) -> None:
    write(tmp_path, ".env", f"{written}=never-shown")
    settings = load(tmp_path, {})
    assert settings.warnings == (f"{written} is not a setting: did you mean {meant}?",)


def test_names_of_others_are_left_alone(tmp_path: Path) -> None:
    environ = {"TOGETHER_PROJECT_ID": "p", "TOGETHER_LOG": "debug", "HANA_VERSION": "2", "ENABLE_X": "1", "PATHS": "x"}
    assert load(tmp_path, environ).warnings == ()


def test_hana_and_network_values_arrive(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-")
    environ = {
        "HANA_HOST": "db.example.com",
        "HANA_USER": "READER",
        "HANA_PASSWORD": " with spaces ",
        "HANA_ENCRYPT": "no",
        "HANA_SCHEMA": "SALES",
        "HANA_SSL_TRUST_STORE": "ca.pem",
        "HANA_SSL_HOST_NAME_IN_CERTIFICATE": "db.internal.example.com",
        "https_proxy": "proxy.example.com:3128",
        "HTTPS_PROXY": "http://other.example.com:1",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "ca.pem",
    }
    settings = load(tmp_path, environ)
    assert settings.problems == ()
    assert (settings.hana.password, settings.hana.encrypt, settings.hana.configured) == (" with spaces ", False, True)
    assert settings.hana.trust_store == tmp_path / "ca.pem"
    assert settings.hana.host_in_certificate == "db.internal.example.com"
    assert settings.https_proxy == "http://proxy.example.com:3128"
    assert (settings.no_proxy, settings.ca_file) == ("localhost", tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"HANA_HOST": "h", "HANA_USER": "u"}, "not both HANA_USER and HANA_PASSWORD"),
        (
            {"HANA_HOST": "x.hanacloud.ondemand.com", "HANA_USER": "u", "HANA_PASSWORD": "p", "HANA_ENCRYPT": "0"},
            "HANA Cloud accepts encrypted connections only",
        ),
    ],
)
def test_hana_settings_that_do_not_go_together_are_pointed_out(
    tmp_path: Path, environ: dict[str, str], says: str
) -> None:
    (warning,) = load(tmp_path, environ).warnings
    assert says in warning


ENDPOINTS = """
[endpoints.ollama]
kind = "openai"
base_url = "http://127.0.0.1:11434/v1/"

[endpoints.lab]
kind = "together"
base_url = "https://lab.example.com/v1"
api_key_env = "LAB_KEY"
"""


def test_more_endpoints_come_from_tables_and_take_keys_from_variables(tmp_path: Path) -> None:
    write(tmp_path, ".streamlit/secrets.toml", ENDPOINTS)
    write(tmp_path, ".env", f"LAB_KEY={KEY}")
    assert load(tmp_path, {}).endpoints == (
        Endpoint("ollama", "openai", "http://127.0.0.1:11434/v1"),
        Endpoint("lab", "together", "https://lab.example.com/v1", KEY),
    )


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('[endpoints.x]\nkind = "opneai"\nbase_url = "https://h.example/v1"', 'Did you mean "openai"?'),
        ('[endpoints.x]\nkind = "local"\nbase_url = "https://h.example/v1"', '"local" of x is not known'),
        ('[endpoints.x]\nkind = "openai"', "has no base_url"),
        ('[endpoints.x]\nbase_url = "https://h.example/v1"', "has no kind"),
        ('[endpoints.x]\nkind = 1\nbase_url = "https://h.example/v1"', "kind of [endpoints.x] is not a text"),
        ('[endpoints.x]\nkind = "openai"\nbase_url = "http://h.example/v1"', "plain http"),
        ('[endpoints.x]\nkind = "openai"\nbase_url = "https://h/v1"\napi_key = "a b"', "space inside"),
        ('[endpoints.x]\nkind = "openai"\nbase_url = "https://h/v1"\napi_key_env = "NOT_THERE"', "which is not set"),
        ('[endpoints.Local]\nkind = "openai"\nbase_url = "https://h/v1"', "taken by a built-in endpoint"),
        ('[endpoints.together]\nkind = "openai"\nbase_url = "https://h/v1"', "taken by a built-in endpoint"),
        ("[endpoints]\nx = 1", "endpoints.x is not a table"),
        ("endpoints = 1", "is not a table"),
    ],
)
def test_an_endpoint_table_that_cannot_be_right_is_named_and_left_out(tmp_path: Path, table: str, says: str) -> None:
    write(tmp_path, ".streamlit/secrets.toml", table)
    settings = load(tmp_path, {})
    (only,) = settings.problems
    assert says in only.message + only.remedy
    assert settings.endpoints == ()


def test_an_unknown_field_of_an_endpoint_is_pointed_out(tmp_path: Path) -> None:
    table = '[endpoints.x]\nkind = "openai"\nbase_url = "https://h/v1"\napikey = "never-shown"'
    write(tmp_path, ".streamlit/secrets.toml", table)
    assert load(tmp_path, {}).warnings == ("apikey in [endpoints.x] is not known: did you mean api_key?",)


@pytest.mark.parametrize("address", ["http://localhost/v1", "https://10.0.0.1/v1", "https://[::1]/v1", "https://db/v1"])
def test_where_strangers_come_private_addresses_are_refused_in_the_form(address: str) -> None:
    assert checked_endpoint("mine", "openai", address).base_url == address
    with pytest.raises(ConfigError, match="private network"):
        checked_endpoint("mine", "openai", address, allow_private=False)


def test_a_form_with_a_bad_key_says_so_without_the_key() -> None:
    with pytest.raises(ConfigError) as refused:
        checked_endpoint("mine", "openai", "https://h.example/v1", f"Bearer {KEY}")
    assert KEY not in repr(refused.value) + str(refused.value.__dict__)
    assert refused.value.__cause__ is None


def test_no_secret_is_in_any_text_of_the_settings(tmp_path: Path) -> None:
    write(tmp_path, ".streamlit/secrets.toml", ENDPOINTS)
    environ = {
        "TOGETHER_API_KEY": f"{KEY}-together",
        "LAB_KEY": f"{KEY}-lab",
        "HANA_HOST": "h",
        "HANA_USER": "u",
        "HANA_PASSWORD": f"{KEY}-hana",
        "HTTPS_PROXY": f"http://u:{KEY}@proxy.example.com",
    }
    settings = load(tmp_path, environ)
    assert settings.together_api_key == f"{KEY}-together"
    assert KEY not in f"{settings!r} {settings} {settings.problems} {settings.warnings} {settings.together_endpoint()}"


def test_settings_are_not_pickled() -> None:
    with pytest.raises(TypeError, match="secrets"):
        pickle.dumps(Settings(together_api_key=KEY))


def test_two_endpoints_that_differ_in_case_alone_are_one_too_many(tmp_path: Path) -> None:
    table = '[endpoints.{}]\nkind = "openai"\nbase_url = "https://h/v1"\n'
    write(tmp_path, ".streamlit/secrets.toml", table.format("lab") + table.format("LAB"))
    settings = load(tmp_path, {})
    assert [endpoint.name for endpoint in settings.endpoints] == ["lab"]
    assert "there twice" in problem(settings, "endpoints.LAB")


def test_the_folder_of_what_is_kept_is_taken_from_the_project_and_need_not_be_there(tmp_path: Path) -> None:
    settings = load(tmp_path, {"PLAYGROUND_DATA_DIR": " kept/here "})
    assert (settings.data_dir, settings.problems) == (tmp_path / "kept" / "here", ())


@pytest.mark.parametrize("given", ["a_file", "a\0b"])
def test_what_is_no_folder_cannot_hold_what_is_kept(tmp_path: Path, given: str) -> None:
    write(tmp_path, "a_file", "")
    settings = load(tmp_path, {"PLAYGROUND_DATA_DIR": given})
    assert "it is not a folder" in problem(settings, "PLAYGROUND_DATA_DIR")
    assert settings.data_dir == Settings().data_dir


def test_a_misspelt_name_of_the_folder_is_told(tmp_path: Path) -> None:
    (said,) = load(tmp_path, {"PLAYGROUND_DATA_DIRECTORY": "x"}).warnings
    assert "did you mean PLAYGROUND_DATA_DIR?" in said

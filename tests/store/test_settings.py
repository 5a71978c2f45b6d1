"""What the environment says, and what never reaches a log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartsync_core.errors import NeedsPerson
from smartsync_core.redaction import redact
from smartsync_core.settings import Settings, configure_logging


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("smartsync_core")
    handlers, level = list(root.handlers), ours.level
    yield
    root.handlers, ours.level = handlers, level


def test_without_any_variable_everything_lives_in_the_data_folder_of_the_checkout() -> None:
    settings = Settings.from_env({})
    data = Path(__file__).resolve().parents[2] / "data"
    assert settings.data_dir == data
    assert settings.database_url == f"duckdb:///{data}/smartsync.duckdb"
    assert settings.engine_url == f"sqlite:///{data}/smartsync.engine.sqlite"
    assert (settings.hubspot_base_url, settings.keys, settings.debug) == ("https://api.hubapi.com", (), False)


def test_the_engine_keeps_its_file_beside_the_database(tmp_path: Path) -> None:
    settings = Settings.from_env({"SMARTSYNC_DATABASE_URL": f"duckdb:///{tmp_path}/other.duckdb"})
    assert settings.engine_url == f"sqlite:///{tmp_path}/other.engine.sqlite"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_with_postgresql_the_engine_uses_the_same_server(scheme: str) -> None:
    settings = Settings.from_env({"SMARTSYNC_DATABASE_URL": f"{scheme}://me:hidden@db/app"})
    assert settings.database_url == settings.engine_url == "postgresql+psycopg://me:hidden@db/app"
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    "url", ["mysql://me:hidden@db/app", "smartsync.duckdb", "duckdb:///:memory:", "duckdb://"]
)
def test_a_database_we_cannot_use_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(NeedsPerson, match="SMARTSYNC_DATABASE_URL") as refused:
        Settings.from_env({"SMARTSYNC_DATABASE_URL": url})
    assert "hidden" not in refused.value.sentence()


def test_keys_are_split_and_kept_out_of_repr() -> None:
    settings = Settings.from_env({"SMARTSYNC_KEYS": " new , old,"})
    assert settings.keys == ("new", "old")
    assert "new" not in repr(settings)


def test_an_llm_is_read_with_its_prices_and_its_budget_and_hides_its_key() -> None:
    variables = {
        "LLM_MODEL": "small",
        "LLM_API_KEY": "sk-hidden-0123456789abcdef",
        "LLM_PRICES": "0.15 0.60 EUR",
        "LLM_TOKENS_RUN": "5000",
        "LLM_MONEY_DAY": "2.50",
    }
    settings = Settings.from_env(variables)
    assert settings.llm is not None
    assert (settings.llm.model, settings.llm.base_url) == ("small", "https://api.openai.com/v1")
    assert settings.llm.prices.currency == "EUR"
    budget = settings.llm.budget
    assert (budget.run_tokens, budget.day_tokens) == (5_000, 1_000_000)
    assert (budget.run_micros, budget.day_micros) == (None, 2_500_000)
    assert "hidden" not in repr(settings)
    assert Settings.from_env({"LLM_API_KEY": "sk-hidden"}).llm is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LLM_BASE_URL", "ftp://host"),
        ("LLM_PRICES", "cheap"),
        ("LLM_PRICES", "1"),
        ("LLM_PRICES", "-1 2"),
        ("LLM_PRICES", "1 2 USD a day"),
        ("LLM_TOKENS_DAY", "many"),
        ("LLM_MONEY_RUN", "NaN"),
        ("LLM_DEADLINE_S", "-1"),
    ],
)
def test_a_setting_of_the_llm_that_cannot_be_read_is_one_sentence(name: str, value: str) -> None:
    with pytest.raises(NeedsPerson, match=name):
        Settings.from_env({"LLM_MODEL": "small", name: value})


def test_a_server_without_a_model_is_refused_because_no_model_is_guessed() -> None:
    with pytest.raises(NeedsPerson, match="no model"):
        Settings.from_env({"LLM_BASE_URL": "http://127.0.0.1:11434/v1"})


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("Authorization: Bearer CMa.x-y_z=", "Authorization: Bearer ***"),
        ("key pat-na1-1234abcd-12 was refused", "key *** was refused"),
        ("Incorrect API key provided: sk-proj-0123456789abcdef.", "Incorrect API key provided: ***."),
        ("?code=abc123&state=x", "?code=***&state=x"),
        ('{"refresh_token": "abc", "n": 1}', '{"refresh_token": "***", "n": 1}'),
        ("postgresql://me:hidden@db/app", "postgresql://me:***@db/app"),
        ("a patient pattern, 12 codes: 34", "a patient pattern, 12 codes: 34"),
    ],
)
def test_secrets_are_starred_and_the_rest_stays(secret: str, shown: str) -> None:
    assert redact(secret) == shown


def test_logs_are_redacted_in_message_arguments_and_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings.from_env({"DEBUG": "smartsync:*"}))
    try:
        raise RuntimeError("pat-na1-traceback")
    except RuntimeError:
        logging.getLogger("smartsync_core.http").debug("sent %s", "Bearer argument", exc_info=True)
    printed = capsys.readouterr().err
    assert "sent Bearer ***" in printed
    assert "RuntimeError: ***" in printed


def test_without_debug_only_warnings_are_printed_and_only_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        configure_logging(Settings.from_env({}))
    logging.getLogger("smartsync_core.http").info("detail")
    logging.getLogger("smartsync_core.http").warning("trouble")
    printed = capsys.readouterr().err
    assert "detail" not in printed
    assert printed.count("trouble") == 1

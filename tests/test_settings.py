"""Settings: read once, every fault one sentence, secrets never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings
from bot.core.errors import SettingsFault
from bot.settings import load


def test_without_any_setting_there_are_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUDUO_LISTEN", raising=False)
    loaded = load(None)
    assert (loaded.host, loaded.port) == ("127.0.0.1", 8765)
    assert loaded.url == "sqlite:///data/muduo.db"


def test_the_environment_and_an_env_file_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MUDUO_KEEP_DAYS", "7")
    (tmp_path / ".env").write_text("MUDUO_LISTEN=127.0.0.1:9000\nMUDUO_KEEP_DAYS=9\n")
    loaded = load(tmp_path / ".env")
    assert (loaded.port, loaded.keep_days) == (9000, 7)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MUDUO_LISTEN", "here", "MUDUO_LISTEN"),
        ("MUDUO_LISTEN", "127.0.0.1:99999", "应为 地址:端口"),
        ("MUDUO_KEEP_DAYS", "soon", "MUDUO_KEEP_DAYS"),
        ("MUDUO_LOG_LEVEL", "LOUD", "MUDUO_LOG_LEVEL"),
    ],
)
def test_a_bad_setting_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsFault, match=said):
        load(None)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("123:secret\n")
    monkeypatch.setenv("MUDUO_TELEGRAM_TOKEN_FILE", str(path))
    loaded = load(None)
    assert loaded.telegram_token is not None
    assert loaded.telegram_token.get_secret_value() == "123:secret"


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUDUO_DATABASE_URL_FILE", "/nowhere/url")
    with pytest.raises(SettingsFault, match="MUDUO_DATABASE_URL_FILE"):
        load(None)


def test_secrets_never_show_in_texts_of_the_settings_or_their_faults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUDUO_TELEGRAM_TOKEN", "123:hidden")
    monkeypatch.setenv("MUDUO_DATABASE_URL", "postgresql://someone:hidden@localhost/muduo")
    assert "hidden" not in repr(load(None))
    monkeypatch.setenv("MUDUO_BACKUPS", "hidden")
    with pytest.raises(SettingsFault) as fault:
        load(None)
    assert "hidden" not in str(fault.value)


def test_only_the_settings_module_reads_the_environment() -> None:
    assert settings.PREFIX == "MUDUO_"
    root = Path(settings.__file__).parent
    readers = [path.name for path in root.rglob("*.py") if "os.environ" in path.read_text()]
    assert readers == ["settings.py"]

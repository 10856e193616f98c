"""The environment and the flags, read once; it stands so high in the order that no room can see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanemark.config.types import Mode
from lanemark.errors import UsageError
from lanemark.state import state_folder

PASSED = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM", "CI", "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "PKG_CONFIG_PATH", "pythonLocation", "Python_ROOT_DIR", "Python3_ROOT_DIR", "JAVA_HOME", "GOROOT", "GOPATH", "CARGO_HOME",
    "RUSTUP_HOME", "NVM_DIR", "DOTNET_ROOT", "ANDROID_HOME", "SOURCE_DATE_EPOCH", "SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT",
    "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "GITHUB_ACTIONS", "GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER",
    "GITHUB_EVENT_NAME", "GITHUB_SERVER_URL", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "TEMP", "TMP",
})  # fmt: skip
"""What a stage gets from the environment. Everything else, tokens above all, stays outside; `LANEMARK_PASS_ENV` names more."""

PASSED_PREFIXES = ("LC_", "JAVA_HOME_", "GOROOT_", "RUNNER_")

TOKENS = ("GITHUB_TOKEN", "GH_TOKEN", "LANEMARK_TOKEN", "LANEMARK_INPUT_GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
"""Where a token may be; `measure` refuses to start when one is there."""


SECRET_WORDS = (
    "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY",
    "SIGNING_KEY",
)  # fmt: skip
"""A variable with one of these in its name holds a secret, as far as anybody can tell."""

SHORTEST_SECRET = 8
"""Characters below which a value is no secret: `true` or `dev` everywhere in a log replaced would hide what the log says."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A token that neither str nor repr shows."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        """Show nothing of it."""
        return "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says; paths are absolute.

    `occasion` is what the run is for as far as replaying goes: the event, or `tag` for the push of one.
    """

    workspace: str
    out: str
    cache: str
    config: str
    stage_environment: Mapping[str, str]
    token: Secret | None
    token_name: str
    in_actions: bool
    event_name: str
    occasion: str
    event_path: str
    api_url: str
    server_url: str
    repository: str
    run_id: int
    run_number: int
    attempt: int
    image_os: str
    image_version: str
    output_file: str
    summary_file: str
    commit: str = ""
    debugging: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def run_url(self) -> str:
        """The page of this run; empty outside of Actions."""
        if not (self.repository and self.run_id):
            return ""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}/attempts/{self.attempt}"


def read_settings(environment: Mapping[str, str], *, folder: str, config: str = "", out: str = "") -> Settings:
    """Return the settings of a process started in `folder` with `environment`; `config` and `out` come from the command line."""
    token_name = next((name for name in TOKENS if environment.get(name)), "")
    return Settings(
        workspace=folder,
        out=_absolute(out or ".lanemark/out", folder),
        cache=state_folder(environment, folder),
        config=config or environment.get("LANEMARK_INPUT_CONFIG") or ".github/lanemark.yml",
        stage_environment=_pass(environment),
        token=Secret(environment[token_name]) if token_name and "ID_TOKEN" not in token_name else None,
        token_name=token_name,
        in_actions=environment.get("GITHUB_ACTIONS") == "true",
        event_name=environment.get("GITHUB_EVENT_NAME", ""),
        occasion="tag" if environment.get("GITHUB_REF_TYPE") == "tag" else environment.get("GITHUB_EVENT_NAME", ""),
        event_path=environment.get("GITHUB_EVENT_PATH", ""),
        api_url=environment.get("GITHUB_API_URL") or "https://api.github.com",
        server_url=environment.get("GITHUB_SERVER_URL") or "https://github.com",
        repository=environment.get("GITHUB_REPOSITORY", ""),
        run_id=_number(environment, "GITHUB_RUN_ID", 0),
        run_number=_number(environment, "GITHUB_RUN_NUMBER", 0),
        attempt=_number(environment, "GITHUB_RUN_ATTEMPT", 1),
        image_os=environment.get("ImageOS", ""),
        image_version=environment.get("ImageVersion", ""),
        output_file=environment.get("GITHUB_OUTPUT", ""),
        summary_file=environment.get("GITHUB_STEP_SUMMARY", ""),
        commit=environment.get("GITHUB_SHA", ""),
        debugging=environment.get("RUNNER_DEBUG") == "1",
        secrets=_find_secrets(environment),
    )


def read_mode_cap(text: str) -> Mode | None:
    """Return a mode cap as written, None for an empty one; `disabled` is the caller's matter."""
    if not text:
        return None
    try:
        cap = Mode(text)
    except ValueError:
        raise UsageError(f"mode-cap {text!r} is not a mode", help="disabled, shadow, inform or warn") from None
    return cap


def _pass(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the environment that stages may see, always with a PATH."""
    more = frozenset(environment.get("LANEMARK_PASS_ENV", "").replace(",", " ").split()) - frozenset(TOKENS)
    passed = {
        name: value for name, value in environment.items() if name in PASSED or name in more or name.startswith(PASSED_PREFIXES)
    }
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", **passed}


def _find_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of variables that sound secret, and the lines of those that have several; short ones are words."""
    found: dict[str, None] = {}
    for name, value in environment.items():
        if any(word in name.upper() for word in SECRET_WORDS):
            found |= dict.fromkeys(part.strip() for part in (value, *value.splitlines()))
    return tuple(value for value in found if len(value) >= SHORTEST_SECRET)


def _absolute(path: str, folder: str) -> str:
    """Return `path` below `folder` unless it is absolute already."""
    return path if path.startswith("/") or path[1:3] in (":\\", ":/") else f"{folder}/{path}"


def _number(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    """Return a whole number of the environment."""
    text = environment.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else otherwise

"""Packages of others that a Go program may use and is played with all the same.

Of some, what decides a stop is written down as Go (`packages`), after their own
sources; of others, no call waits, serves or ends the program.
"""

from __future__ import annotations

from gracelint.base import lazy
from gracelint.base.source import Source

_VERSION = lazy.compile(r"/v\d+(?=/|$)|\.v\d+$")
_PLAYED = {
    "golang.org/x/sync/errgroup": "errgroup",
    "github.com/oklog/run": "run",
    "github.com/spf13/cobra": "cobra",
    "github.com/urfave/cli": "cli",
    "github.com/gin-gonic/gin": "gin",
    "github.com/labstack/echo": "echo",
    "github.com/gofiber/fiber": "fiber",
    "github.com/robfig/cron": "cron",
    "google.golang.org/grpc": "grpc",
    "github.com/sirupsen/logrus": "logrus",
}
_QUIET = lazy.compile(
    r"""(?x)
    github\.com/(?:
        go-chi/(?:chi|cors|render|httplog)\b | gorilla/(?:mux|handlers|sessions|schema|csrf)\b
        | julienschmidt/httprouter | rs/(?:cors|zerolog|xid)\b | google/uuid | gofrs/uuid
        | pkg/errors | joho/godotenv | kelseyhightower/envconfig | caarlos0/env
        | spf13/(?:pflag|viper|cast) | labstack/echo/middleware | labstack/gommon
        | gin-contrib/ | gofiber/fiber/middleware | prometheus/client_golang/ | lib/pq$
        | go-sql-driver/mysql$ | mattn/go-sqlite3$ | jmoiron/sqlx$ | golang-jwt/jwt
        | dgrijalva/jwt-go | go-playground/validator | shopspring/decimal | dustin/go-humanize
        | fatih/color | davecgh/go-spew | mitchellh/mapstructure | BurntSushi/toml
        | pelletier/go-toml | goccy/go-(?:json|yaml) | json-iterator/go | samber/lo
        | stretchr/testify | go-kit/(?:kit/)?log | hashicorp/go-multierror | felixge/httpsnoop
        | unrolled/
    )
    | go\.uber\.org/(?:zap|multierr|automaxprocs|atomic)\b | gopkg\.in/(?:yaml|ini)\b
    | golang\.org/x/(?:crypto|text|exp)/ | golang\.org/x/net/(?:http2|html)\b
    | google\.golang\.org/grpc/(?:reflection|health|codes|status|credentials|keepalive|metadata)\b
    | google\.golang\.org/protobuf/ | sigs\.k8s\.io/yaml
    """,
)


def _plain(name: str) -> str:
    """The name of a package without its major version."""
    return _VERSION.sub("", name)


def is_known(name: str) -> bool:
    """Whether a program that imports a package can be played: `github.com/spf13/cobra`."""
    plain = _plain(name)
    return plain in _PLAYED or _QUIET.match(plain) is not None


def played(name: str) -> tuple[str, Source] | None:
    """The path and the text of what a package does; None where none of it matters."""
    file = _PLAYED.get(_plain(name))
    if file is None:
        return None
    from pathlib import Path

    folder = Path(__file__).with_name("packages")
    text = (folder / f"{file}.go").read_text(encoding="utf-8")
    return f"\0go/{file}/{file}.go", Source("", text)

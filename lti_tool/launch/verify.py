"""The verified launch: PyLTI1p3's message launch with the checks it leaves to us (docs/explain/lti.md).

One of the two files that know PyLTI1p3. The library reads the token, finds the registration and validates the message;
we own state and nonce (single use, from our database), the signature step (RS256 only, `exp` and `iat` required,
audience and `azp`, leeway, greatest age), and the deployment.
"""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, deserialize_compact
from pylti1p3.cookie import CookieService
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.registration import Registration as LibraryRegistration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract

from lti_tool.clock import now
from lti_tool.errors import LaunchRefused
from lti_tool.launch import claims
from lti_tool.launch.claims import Launch
from lti_tool.launch.keys import platform_key
from lti_tool.launch.platforms import Platform
from lti_tool.launch.state import Login
from lti_tool.site import site

LEEWAY = 30
"""Seconds by which the platform's clock and ours may differ."""
MOST_AGE = 600
"""Seconds since `iat` after which a token is refused, whatever its `exp` says."""
FAR = 10**11
"""A moment, in seconds, that is as good as any later one."""


class _Rs256(JWSRegistry):
    """One algorithm, whatever the header or the key says. Headers may carry a chain of certificates."""

    max_header_length = 16_384
    max_payload_length = 512 * 1024


_RS256 = _Rs256(algorithms=["RS256"], strict_check_header=False)


class _Form(Request):
    """The posted form, as the library wants it."""

    def __init__(self, id_token: str) -> None:
        self._params = {"id_token": id_token, "state": "-"}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._params.get(key, "")

    @property
    def session(self) -> dict[str, Any]:
        return {}


class _NoCookies(CookieService):
    """State is ours; no cookie of the library's is read or set."""

    def get_cookie(self, name: str) -> str | None:
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        raise NotImplementedError


class _Known(ToolConfAbstract[_Form]):
    """Exactly the registration the login was made for: a launch of another one is no answer to it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> LibraryRegistration:
        raise LtiException("registrations are found by issuer and client id")

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> LibraryRegistration:
        if iss != self._platform.issuer:
            raise LtiException("issuer is not the login's")
        return LibraryRegistration().set_issuer(iss).set_client_id(self._platform.client_id)

    def find_deployment(self, iss: str, deployment_id: str) -> None:
        raise LtiException("deployments are found by registration")

    def find_deployment_by_params(self, iss: str, deployment_id: str, client_id: str, *a: Any, **k: Any) -> Any:
        """Whether there is this deployment, `provision` finds out, with all else that the launch names."""
        return claims.is_id(deployment_id) or None


class StrictLaunch(MessageLaunch[_Form, _Known, SessionService, _NoCookies]):
    """A message launch in answer to one login of ours."""

    def __init__(self, id_token: str, login: Login, platform: Platform) -> None:
        form = _Form(id_token)
        super().__init__(form, _Known(platform), SessionService(form), _NoCookies(), requests_session=site().http)
        self._login = login
        self._ours = platform

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    def get_client_id(self) -> str:
        """An audience of several needs `azp` to say who was meant (OIDC Core §3.1.3.7)."""
        body = self._get_jwt_body()
        audience = body.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        party = body.get("azp")
        ours: str = self._ours.client_id
        if ours not in audiences or party not in (ours, None) or (len(audiences) > 1 and party is None):
            raise LtiException("audience or azp is another client's")
        return ours

    def validate_state(self) -> "StrictLaunch":
        """Done before: `state.read` knew it. `state.spend` uses it up when all else was right."""
        return self

    def validate_nonce(self) -> "StrictLaunch":
        nonce = self._get_jwt_body().get("nonce")
        if not isinstance(nonce, str) or nonce != self._login.nonce:
            raise LtiException("nonce is not the one of this login")
        return self

    def validate_jwt_signature(self) -> "StrictLaunch":
        kid = self._jwt["header"].get("kid")
        if not isinstance(kid, str) or self._jwt["header"].get("alg") != "RS256":
            raise LtiException("kid is missing or the algorithm is not RS256")
        deserialize_compact(self._get_id_token(), platform_key(self._ours, kid), registry=_RS256)
        _check_moments(self._get_jwt_body(), now() / 1_000)
        _check_parties(self._get_jwt_body(), self._ours)
        return self

    def validate_message(self) -> "StrictLaunch":
        """The library knows no launch that names nobody (LTI 1.3 Core §5.3.6.1); `claims.read` looks at those."""
        if self._get_jwt_body().get("sub") not in (None, ""):
            super().validate_message()
        return self

    def save_launch_data(self) -> "StrictLaunch":
        """No claims in cookies or sessions: the launch becomes rows, and the token is forgotten."""
        return self


def verify(id_token: str, login: Login, platform: Platform) -> Launch:
    """The launch this token proves. Raises `LaunchRefused`; its detail says which check failed."""
    try:
        body = StrictLaunch(id_token, login, platform).get_launch_data()
    except (LtiException, JoseError) as error:
        raise LaunchRefused("unproved", detail=f"{type(error).__name__}: {error}") from error
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        # The library trusts shapes that a hostile token need not have (`resource_link: null`).
        raise LaunchRefused("unproved", detail=f"misshapen: {type(error).__name__}") from error
    launch = claims.read(dict(body))
    if not login.is_for(launch.target):
        raise LaunchRefused("target", detail="target_link_uri is not the login's")
    return launch


# --- what a signed token must say of itself (OIDC Core §3.1.3.7, RFC 7519 §4.1) ---------------------------------------


def _check_moments(body: Mapping[str, Any], at: float) -> None:
    """`exp` and `iat` there, `nbf` where it is there, and all of them right at this moment (s), but for the leeway."""
    issued, ends = _moment(body, "iat"), _moment(body, "exp")
    ahead = max(issued, _moment(body, "nbf") if "nbf" in body else issued) - at
    if ahead > LEEWAY:
        raise LaunchRefused("clock", detail=f"the platform's clock is {round(ahead)} s ahead")
    if ends <= at - LEEWAY:
        raise LaunchRefused("expired", detail=f"exp was {round(at - ends)} s ago")
    if at - issued > MOST_AGE + LEEWAY:
        raise LtiException("token is too old")


def _moment(body: Mapping[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < FAR:
        raise LtiException(f"{name} is missing or no moment")
    return value


def _check_parties(body: Mapping[str, Any], platform: Platform) -> None:
    """Who speaks, and to whom; `get_client_id` said before that we are meant."""
    audience = body.get("aud")
    if not all(isinstance(one, str) for one in (audience if isinstance(audience, list) else [audience])):
        raise LtiException("aud is misshapen")
    if body.get("iss") != platform.issuer:
        raise LtiException("iss is another one")

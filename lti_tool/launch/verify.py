"""The verified launch: PyLTI1p3's message launch with the checks it leaves to us (docs/reference/lti-conformance.md).

One of the two files that know PyLTI1p3. The library reads the token, finds the registration and validates the message;
we own state and nonce (single use, from our database), the signature step (RS256 only, `exp` and `iat` required,
audience and `azp`, leeway, greatest age), and the deployment.
"""

from typing import Any

import jwt
from pylti1p3.cookie import CookieService
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.registration import Registration as LibraryRegistration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy import select

from lti_tool.clock import now
from lti_tool.errors import LaunchRefused
from lti_tool.extensions import db
from lti_tool.launch import claims
from lti_tool.launch.claims import Launch
from lti_tool.launch.keys import platform_key
from lti_tool.launch.state import Login
from lti_tool.models import Deployment, Registration
from lti_tool.secret import fingerprint

LEEWAY = 30
"""Seconds by which the platform's clock and ours may differ."""
MOST_AGE = 600
"""Seconds since `iat` after which a token is refused, whatever its `exp` says."""
REQUIRED = ("iss", "aud", "exp", "iat", "nonce")


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

    def __init__(self, registration: Registration) -> None:
        self._registration = registration

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> LibraryRegistration:
        raise LtiException("registrations are found by issuer and client id")

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> LibraryRegistration:
        if iss != self._registration.issuer:
            raise LtiException("issuer is not the login's")
        return LibraryRegistration().set_issuer(iss).set_client_id(self._registration.client_id)

    def find_deployment(self, iss: str, deployment_id: str) -> None:
        raise LtiException("deployments are found by registration")

    def find_deployment_by_params(self, iss: str, deployment_id: str, client_id: str, *a: Any, **k: Any) -> Any:
        return db.session.scalars(
            select(Deployment).where(
                Deployment.registration_id == self._registration.id, Deployment.deployment_id == deployment_id
            )
        ).first()


class StrictLaunch(MessageLaunch[_Form, _Known, SessionService, _NoCookies]):
    """A message launch in answer to one login of ours."""

    def __init__(self, id_token: str, login: Login, registration: Registration) -> None:
        form = _Form(id_token)
        super().__init__(form, _Known(registration), SessionService(form), _NoCookies())
        self._login = login
        self._ours = registration

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
        """Done before: `state.take` consumed it."""
        return self

    def validate_nonce(self) -> "StrictLaunch":
        nonce = self._get_jwt_body().get("nonce")
        if not isinstance(nonce, str) or fingerprint(nonce) != self._login.nonce_hash:
            raise LtiException("nonce is not the one of this login")
        return self

    def validate_jwt_signature(self) -> "StrictLaunch":
        token = self._get_id_token()
        kid = self._jwt["header"].get("kid")
        if not isinstance(kid, str) or self._jwt["header"].get("alg") != "RS256":
            raise LtiException("kid is missing or the algorithm is not RS256")
        body = jwt.decode(
            token,
            platform_key(self._ours, kid).key,
            algorithms=["RS256"],
            audience=self._ours.client_id,
            issuer=self._ours.issuer,
            leeway=LEEWAY,
            options={"require": list(REQUIRED)},
        )
        if now() / 1_000 - body["iat"] > MOST_AGE + LEEWAY:
            raise LtiException("token is too old")
        return self

    def save_launch_data(self) -> "StrictLaunch":
        """No claims in cookies or sessions: the launch becomes rows, and the token is forgotten."""
        return self


def verify(id_token: str, login: Login, registration: Registration) -> Launch:
    """The launch this token proves. Raises `LaunchRefused`; its detail says which check failed."""
    try:
        body = StrictLaunch(id_token, login, registration).get_launch_data()
    except LaunchRefused:
        raise
    except jwt.ExpiredSignatureError as error:
        raise LaunchRefused("expired", detail=str(error)) from error
    except (LtiException, jwt.PyJWTError) as error:
        raise LaunchRefused("unproved", detail=f"{type(error).__name__}: {error}") from error
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        # The library trusts shapes that a hostile token need not have (`resource_link: null`).
        raise LaunchRefused("unproved", detail=f"misshapen: {type(error).__name__}") from error
    launch = claims.read(dict(body))
    if launch.target != login.target:
        raise LaunchRefused("target", detail="target_link_uri is not the login's")
    return launch

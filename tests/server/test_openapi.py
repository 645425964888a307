"""The OpenAPI description: an example for every body, and requests made from it at random, right and wrong ones."""

from collections.abc import Iterator

import pytest
import requests
import schemathesis
from helpers.server import Server
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

OPERATIONS = (
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/embed"),
    ("POST", "/v2/embed"),
    ("POST", "/v1/rerank"),
    ("POST", "/v2/rerank"),
    ("POST", "/rerank"),
    ("POST", "/embed"),
    ("POST", "/v1/indexes"),
    ("GET", "/v1/indexes/{name}"),
    ("DELETE", "/v1/indexes/{name}"),
    ("GET", "/v1/indexes/{name}/fields"),
    ("GET", "/v1/indexes/{name}/truncation"),
    ("GET", "/v1/indexes/{name}/calibration"),
    ("POST", "/v1/indexes/{name}/search"),
    ("POST", "/v1/indexes/{name}/similar"),
    ("POST", "/v1/indexes/{name}/faq"),
    ("POST", "/v1/indexes/{name}/context"),
    ("POST", "/v1/indexes/{name}/explain"),
    ("POST", "/v1/indexes/{name}/evaluate"),
    ("POST", "/v1/indexes/{name}/documents"),
    ("DELETE", "/v1/indexes/{name}/documents"),
    ("GET", "/v1/indexes/{name}/documents"),
    ("GET", "/v1/indexes/{name}/documents/{id}"),
    ("POST", "/v1/indexes/{name}/duplicates"),
    ("POST", "/v1/indexes/{name}/clusters"),
    ("POST", "/v1/indexes/{name}/check"),
    ("GET", "/v1/jobs/{id}"),
    ("DELETE", "/v1/jobs/{id}"),
    ("GET", "/v1/models/{name}"),
)
EXAMPLES = 8  # of right and of wrong requests each


@pytest.fixture(scope="module")
def schema(server: Server) -> schemathesis.schemas.BaseSchema:
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_makes_the_server_fail(
    server: Server,
    schema: schemathesis.schemas.BaseSchema,
    session: requests.Session,
    method: str,
    path: str,
    mode: GenerationMode,
) -> None:
    operation = schema[path][method]

    @given(case=operation.as_strategy(mode))
    @settings(max_examples=EXAMPLES, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case) -> None:
        answer = case.call(base_url=server.url, session=session, timeout=60)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert set(answer.json()["error"]) >= {"type", "message", "hint"}

    check()


def test_every_body_has_an_example(server: Server) -> None:
    described = server.get("/openapi.json").body
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        for path in described["paths"].values()
        for operation in path.values()
        if "requestBody" in operation
    ]
    forms = described["components"]["schemas"]
    assert len(bodies) >= 18
    without = {
        name for name in bodies
        if forms[name].get("required") and not any("examples" in field for field in forms[name]["properties"].values())
    }  # fmt: skip
    assert without == set()

"""Makes each call with one thing wrong at a time, by the service's model, and says which of them were taken.

argv and environment as of botocore_calls.py. What is wrong: a required member that is missing; a text that is too short, too long or not among
the values of an enum; a number out of its range; a list that is too short or too long; in JSON, a value of another type.
Prints a JSON list, one entry per call: {"operation", "tried", "taken"}; a request that was refused for something else counts as taken.
"""

import json
import sys

import botocore.config
from botocore.exceptions import BotoCoreError, ClientError

from botocore_calls import make as make_right
from botocore_calls import resolved, session

config = botocore.config.Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, parameter_validation=False)
LONGEST = 200_000
# Refusals for something else than the request itself: whoever gets them was let pass.
LATER = ("NotFound", "NoSuch", "AccessDenied", "Conflict", "Unsupported", "404")


def spoiled_text(shape):
    metadata = shape.metadata
    if "enum" in metadata:
        yield "MADE-UP", "not in its enum"
    if metadata.get("min", 0) > 0:
        yield "", "too short"
    if metadata.get("max", LONGEST) < LONGEST:
        yield "x" * (metadata["max"] + 1), "too long"


def spoiled_number(shape):
    if "min" in shape.metadata:
        yield shape.metadata["min"] - 1, "too small"
    if "max" in shape.metadata:
        yield shape.metadata["max"] + 1, "too large"


def spoiled(shape, value, path, typed, location=None):
    """Pairs of a value that is wrong in one place, and what is wrong with it."""
    kind = shape.type_name
    if typed and kind in ("string", "integer", "long", "boolean"):
        yield {"made": "up"}, f"{path}: of another type"
    if kind == "string":
        yield from ((wrong, f"{path}: {why}") for wrong, why in spoiled_text(shape))
    if kind in ("integer", "long"):
        yield from ((wrong, f"{path}: {why}") for wrong, why in spoiled_number(shape))
    if kind == "list" and isinstance(value, list):
        # Without an item, nothing of a list is in an address.
        if shape.metadata.get("min", 0) > 0 and location != "querystring":
            yield [], f"{path}: too short"
        if value and shape.metadata.get("max", 5_000) < 5_000:
            yield (value * (shape.metadata["max"] + 1))[: shape.metadata["max"] + 1], f"{path}: too long"
        for wrong, why in spoiled(shape.member, value[0], f"{path}[0]", typed) if value else []:
            yield [wrong, *value[1:]], why
    if kind == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        for name, member in shape.members.items():
            if member.serialization.get("location") == "uri" and name in value:
                continue
            if name in value:
                # A request without what its address or its headers should have is another request.
                if name in shape.required_members and "location" not in member.serialization:
                    yield {key: item for key, item in value.items() if key != name}, f"{path}.{name}: missing"
                place = member.serialization.get("location")
                for wrong, why in spoiled(member, value[name], f"{path}.{name}", typed and place is None, place):
                    yield {**value, name: wrong}, why
            elif member.type_name in ("string", "integer", "long"):
                for wrong, why in spoiled(member, None, f"{path}.{name}", False):
                    yield {**value, name: wrong}, why


def taken(client, name, wrong):
    try:
        client._make_api_call(name, wrong)
        return "ok"
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code == "NotImplemented":
            return None
        return code if status >= 500 or any(part in code for part in LATER) else None


def make(endpoint, call):
    client = session.create_client(call["service"], endpoint_url=endpoint, config=config)
    operation = client.meta.service_model.operation_model(call["operation"])
    typed = client.meta.service_model.resolved_protocol in ("json", "rest-json")
    result = {"operation": f"{call['service']}:{call['operation']}", "tried": 0, "taken": []}
    if operation.input_shape is None:
        return result
    for wrong, why in spoiled(operation.input_shape, call["input"], "", typed):
        try:
            answer = taken(client, call["operation"], wrong)
        except (BotoCoreError, TypeError, ValueError, AttributeError, KeyError):
            # It cannot even be written down.
            continue
        result["tried"] += 1
        if answer is not None:
            result["taken"].append(f"{why}: {answer}")
    return result


if __name__ == "__main__":
    results = []
    outputs = {}
    for asked in json.loads(sys.argv[2]):
        right = {**asked, "input": resolved(asked["input"], outputs)}
        results.append(make(sys.argv[1], right))
        outputs[asked["operation"]] = make_right(sys.argv[1], right)["output"]
    print(json.dumps(results, default=str))
